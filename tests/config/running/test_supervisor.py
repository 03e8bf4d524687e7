"""The supervisor, with small Python programs as its children."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.running.children import Service
from config.running.supervisor import StartError, Supervisor

PATIENCE_SECONDS = 10.0


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor(stream=io.StringIO())
    yield made
    made.stop_requests = 2
    made.stop()


def python(code: str, **options: object) -> Service:
    name = str(options.pop("name", "child"))
    return Service(name, (sys.executable, "-u", "-c", textwrap.dedent(code)), **options)  # type: ignore[arg-type]  # options of several types


def test_a_child_runs_at_the_priority_of_its_service(supervisor: Supervisor) -> None:
    supervisor.run_once(python("import os; print('nice', os.nice(0))", niceness=3))
    lowest = 19
    assert f"nice {min(os.nice(0) + 3, lowest)}\n" in output_of(supervisor)


def tick_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, output_of(supervisor)
        supervisor.tick()


def output_of(supervisor: Supervisor) -> str:
    stream = supervisor.console.stream
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def pid_of(supervisor: Supervisor, name: str) -> int:
    child = supervisor.supervised[name].child
    assert child is not None
    return child.pid


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_output_carries_the_childs_name(supervisor: Supervisor) -> None:
    supervisor.run_once(python("print('first'); print('second', end='')", name="prepare"))
    assert output_of(supervisor) == "prepare  | first\nprepare  | second\n"


def test_a_failing_step_stops_the_start(supervisor: Supervisor) -> None:
    with pytest.raises(StartError, match="prepare ended with code 3"):
        supervisor.run_once(python("raise SystemExit(3)", name="prepare"))


def test_a_killed_child_is_started_again(supervisor: Supervisor) -> None:
    supervisor.start(python("import time; time.sleep(60)"))
    first = pid_of(supervisor, "child")
    os.kill(first, signal.SIGKILL)
    tick_until(supervisor, lambda: "was killed by SIGKILL" in output_of(supervisor))
    tick_until(supervisor, lambda: supervisor.supervised["child"].child is not None)
    assert pid_of(supervisor, "child") != first


def test_what_a_killed_child_had_started_ends_too(supervisor: Supervisor) -> None:
    code = """
        import subprocess, sys
        grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        print(grandchild.pid)
        grandchild.wait()
    """
    supervisor.start(python(code))
    tick_until(supervisor, lambda: output_of(supervisor).endswith("\n"))
    grandchild = int(output_of(supervisor).split()[-1])
    os.kill(pid_of(supervisor, "child"), signal.SIGKILL)
    tick_until(supervisor, lambda: is_gone(grandchild))


def test_a_child_that_stops_answering_is_replaced(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.running.supervisor.PROBE_SECONDS", 0.0)
    well = tmp_path / "well"
    well.touch()
    supervisor.start(python("import time; time.sleep(60)", is_well=well.exists))
    supervisor.wait_until_well("child")
    well.unlink()
    tick_until(supervisor, lambda: "does not answer; killing it" in output_of(supervisor))


def test_a_child_that_keeps_exiting_fails_the_start(supervisor: Supervisor) -> None:
    supervisor.start(python("raise SystemExit(1)", is_well=lambda: False))
    with pytest.raises(StartError, match="child did not come up"):
        supervisor.wait_until_well("child")


def test_a_job_that_may_end_is_not_started_again(supervisor: Supervisor) -> None:
    supervisor.start(python("print('did it')", restarts=2))
    tick_until(supervisor, lambda: "child" not in supervisor.supervised)
    assert output_of(supervisor) == "child    | did it\n"


def test_a_job_that_keeps_failing_is_given_up(supervisor: Supervisor) -> None:
    supervisor.start(python("raise SystemExit(1)", restarts=1))
    tick_until(supervisor, lambda: "child" not in supervisor.supervised)
    assert "failed 2 times" in output_of(supervisor)


def test_lower_stages_stop_first(supervisor: Supervisor) -> None:
    code = """
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("bye")))
        print("ready")
        time.sleep(60)
    """
    supervisor.start(python(code, name="store", stop_stage=2))
    supervisor.start(python(code, name="maker", stop_stage=1))
    tick_until(supervisor, lambda: output_of(supervisor).count("ready") == 2)
    supervisor.stop()
    output = output_of(supervisor)
    assert output.index("maker    | bye") < output.index("store    | bye") < output.index("stopped.")


def test_a_second_signal_to_stop_does_not_wait(supervisor: Supervisor) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    supervisor.start(python(code, grace_seconds=60))
    tick_until(supervisor, lambda: "deaf" in output_of(supervisor))
    pid = pid_of(supervisor, "child")
    supervisor.stop_requests = 2
    began = time.monotonic()
    supervisor.stop()
    assert is_gone(pid)
    assert time.monotonic() - began < 5


def test_children_end_with_a_killed_supervisor() -> None:
    code = """
        import sys, time
        from config.running.children import Service
        from config.running.supervisor import Supervisor
        supervisor = Supervisor()
        supervisor.start(Service("child", (sys.executable, "-c", "import time; time.sleep(60)")))
        print(supervisor.supervised["child"].child.pid, flush=True)
        supervisor.run_until_stopped()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 3
    while not is_gone(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)
