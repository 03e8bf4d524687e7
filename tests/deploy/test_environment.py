"""``deploy.environment`` with real environments, a real pip and a package of a few bytes."""

import _ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def write_wheel(folder: Path, *, name: str, version: str, code: str = "") -> None:
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", code or f"version = {version!r}\n")
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    for version in ("1.0", "2.0"):
        write_wheel(folder, name="tiny", version=version)
    return folder


@pytest.fixture(scope="module")
def variables(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """No index, no settings of this machine's pip, and no Python that PYTHON names."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("PIP_") and k != "PYTHON"}
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    return plain | pip | {"VAR_DIR": str(tmp_path_factory.mktemp("var"))}


@pytest.fixture(scope="module")
def complete(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with tiny 1.0, to be copied: making one takes seconds."""
    folder = tmp_path_factory.mktemp("complete")
    (folder / "requirements.txt").write_text("tiny==1.0\n")
    make(folder, variables=variables)
    return folder


@pytest.fixture
def project(complete: Path, tmp_path: Path) -> Path:
    """A folder with requirements and an environment that holds them."""
    return shutil.copytree(complete, tmp_path / "project", symlinks=True)


def command(folder: Path, *, requirements: str = "requirements.txt") -> list[str]:
    arguments = [str(folder / "env"), str(folder / requirements)]
    return [sys.executable, "-m", "deploy.environment", *arguments]


def make(folder: Path, *, variables: dict[str, str], requirements: str = "requirements.txt") -> str:
    """What it prints."""
    program = command(folder, requirements=requirements)
    run = subprocess.run(program, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def heed_interrupts() -> None:
    """A suite that a shell started in the background ignores SIGINT, and its children would too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(folder: Path, *, variables: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(folder),
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    )


def tiny_version(folder: Path) -> str:
    program = [str(folder / "env" / "bin" / "python"), "-c", "import tiny; print(tiny.version)"]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip()


class SlowIndex:
    """A package index that answers "not found", and only once it may."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.is_requested = threading.Event()
        self.may_answer = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def variables(self) -> dict[str, str]:
        address = f"http://127.0.0.1:{self.server.getsockname()[1]}/simple"
        return {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": address, "PIP_RETRIES": "0", "NO_PROXY": "127.0.0.1"}

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:  # closed: the test is over
                return
            with connection:
                connection.recv(65536)
                self.is_requested.set()
                self.may_answer.wait()
                connection.sendall(
                    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                )


@pytest.fixture
def slow_index() -> Iterator[SlowIndex]:
    index = SlowIndex()
    yield index
    index.may_answer.set()
    index.server.close()


def test_it_installs_what_the_file_names(project: Path) -> None:
    assert tiny_version(project) == "1.0"


def test_a_complete_environment_is_left_as_it_is(project: Path, variables: dict[str, str]) -> None:
    assert make(project, variables=variables) == ""


def test_changed_requirements_are_installed(project: Path, variables: dict[str, str]) -> None:
    (project / "requirements.txt").write_text("tiny==2.0\n")
    assert "Installing" in make(project, variables=variables)
    assert tiny_version(project) == "2.0"


def test_a_change_in_an_included_file_is_noticed(project: Path, variables: dict[str, str]) -> None:
    (project / "requirements.txt").write_text("-r more.txt\n")
    (project / "more.txt").write_text("tiny==1.0\n")
    make(project, variables=variables)
    (project / "more.txt").write_text("tiny==2.0\n")
    make(project, variables=variables)
    assert tiny_version(project) == "2.0"


def test_a_file_that_was_included_counts_as_installed(project: Path, variables: dict[str, str]) -> None:
    (project / "requirements.txt").rename(project / "base.txt")
    (project / "requirements.txt").write_text("-r base.txt\n")
    make(project, variables=variables)
    assert make(project, variables=variables, requirements="base.txt") == ""


def replace_python(environment: Path, *, says: str) -> None:
    """Let the environment's Python be a program that answers with this version."""
    python = environment / "bin" / "python"
    python.unlink()
    python.write_text(f"#!/bin/sh\necho {says}\n")
    python.chmod(0o755)


def test_an_environment_of_another_python_is_rebuilt(project: Path, variables: dict[str, str]) -> None:
    replace_python(project / "env", says="3.10")
    output = make(project, variables=variables)
    assert f"was made by Python 3.10, this is Python {sys.version_info[0]}.{sys.version_info[1]}" in output
    assert tiny_version(project) == "1.0"


def test_one_that_was_named_is_kept_until_another_is_named(project: Path, variables: dict[str, str]) -> None:
    shutil.rmtree(project / "env")
    named = variables | {"PYTHON": sys.executable}
    make(project, variables=named)
    replace_python(project / "env", says="3.10")
    assert make(project, variables=variables) == ""
    assert "was made by Python 3.10" in make(project, variables=named)


def test_an_environment_whose_python_is_gone_is_rebuilt(project: Path, variables: dict[str, str]) -> None:
    python = project / "env" / "bin" / "python"
    python.unlink()
    python.symlink_to(project / "removed")
    assert "does not start: rebuilding it" in make(project, variables=variables)
    assert tiny_version(project) == "1.0"


def test_what_a_link_points_to_is_not_removed(project: Path, variables: dict[str, str]) -> None:
    (project / "env" / "bin" / "python").unlink()
    (project / "env").rename(project / "theirs")
    (project / "env").symlink_to(project / "theirs")
    make(project, variables=variables)
    assert (project / "theirs" / "pyvenv.cfg").exists()
    assert not (project / "env").is_symlink()


def test_an_environment_of_a_running_shop_is_not_removed(project: Path, variables: dict[str, str]) -> None:
    (project / "env" / "bin" / "python").unlink()
    lock = Path(variables["VAR_DIR"]) / "run.lock"
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        run = subprocess.run(command(project), cwd=ROOT, env=variables, capture_output=True, text=True)
    assert run.returncode == 1
    assert "Regulars is running: stop it first." in run.stderr
    assert (project / "env" / "pyvenv.cfg").exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_installation_is_repaired(
    project: Path, variables: dict[str, str], slow_index: SlowIndex, how: signal.Signals
) -> None:
    (project / "requirements.txt").write_text("tiny==2.0\n")
    (project / "env" / "left-over").touch()
    running = start(project, variables=variables | slow_index.variables)
    assert slow_index.is_requested.wait(60)
    os.killpg(running.pid, how)
    assert running.wait(30) != 0
    assert "was interrupted: rebuilding it" in make(project, variables=variables)
    assert tiny_version(project) == "2.0"
    assert not (project / "env" / "left-over").exists()


def test_a_second_run_waits_for_the_first_even_if_only_its_pip_lives(
    project: Path, variables: dict[str, str], slow_index: SlowIndex
) -> None:
    (project / "requirements.txt").write_text("tiny==2.0\n")
    first = start(project, variables=variables | slow_index.variables)
    assert slow_index.is_requested.wait(60)
    first.kill()  # not its pip
    second = start(project, variables=variables)
    assert second.stdout
    assert "waiting" in second.stdout.readline()
    slow_index.may_answer.set()
    assert second.wait(120) == 0
    assert tiny_version(project) == "2.0"


def test_two_at_once_install_once(project: Path, variables: dict[str, str], slow_index: SlowIndex) -> None:
    (project / "requirements.txt").write_text("tiny==2.0\n")
    first = start(project, variables=variables | slow_index.variables)
    assert slow_index.is_requested.wait(60)
    second = start(project, variables=variables)
    assert second.stdout
    assert "waiting" in second.stdout.readline()
    slow_index.may_answer.set()
    assert first.wait(120) == 0
    output = second.stdout.read()
    assert second.wait(120) == 0
    assert "Installing" not in output
    assert tiny_version(project) == "2.0"


def test_a_failed_installation_says_so(project: Path, variables: dict[str, str]) -> None:
    (project / "requirements.txt").write_text("tiny==3.0\n")
    run = subprocess.run(command(project), cwd=ROOT, env=variables, capture_output=True, text=True)
    assert run.returncode == 1
    assert "No matching distribution found for tiny==3.0" in run.stderr
    assert "Run make again once the cause is gone." in run.stderr


def test_a_missing_system_library_is_named_until_it_is_there(
    project: Path, wheels: Path, variables: dict[str, str]
) -> None:
    """LightGBM loads this library when it is imported."""
    load = f"import ctypes\nctypes.CDLL({str(project / 'libgomp.so.1')!r})\n"
    write_wheel(wheels, name="lightgbm", version="4.7.0", code=load)
    (project / "requirements.txt").write_text("lightgbm==4.7.0\n")
    for _ in range(2):
        run = subprocess.run(command(project), cwd=ROOT, env=variables, capture_output=True, text=True)
        assert run.returncode == 1
        assert "libgomp.so.1: cannot open shared object file" in run.stderr
        assert "apt-get install libgomp1" in run.stderr
    (project / "libgomp.so.1").symlink_to(_ctypes.__file__)  # some library that can be loaded
    make(project, variables=variables)
    assert make(project, variables=variables) == ""
