"""What ``make run`` runs: Valkey, web, two workers and beat as one, and the set-up beside them.

STACK: torch and forked processes do not mix, so no worker imports it before it forks; training has a worker
of its own, whose processes end after each run.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from django.conf import settings

from config.running import prepared, valkey
from config.running.children import Service
from config.running.supervisor import StartError, StoppedError, Supervisor
from config.setting_up.options import SetupOptions
from config.setting_up.state import SetupState, read_state, write_state

ALIVE_WITHIN_SECONDS = 30.0
# In a container everything runs as root; Celery says so in eight lines at each start.
QUIET_ROOT = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
TRAINING_NICENESS, TRAINING_PROCESSES = 10, 2
# two heaps instead of one for each thread: what one thread frees the others can use
FEW_HEAPS = {"MALLOC_ARENA_MAX": "2"}
TASK_GRACE_SECONDS = 90.0  # a warm shutdown lets the running task end; its job row survives a kill as well


class AlreadyRunningError(Exception):
    """Another supervisor holds this folder."""


class PortBusyError(Exception):
    """Somebody else listens where we are to serve."""


def run(*, host: str, port: int) -> int:
    """Run everything until told to stop; the exit code: 0 after a wish to stop, 1 when it could not start."""
    began = time.time()
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with only_instance(folder=settings.VAR_DIR, url=url):
        check_port(host=host, port=port)
        supervisor = Supervisor()
        with supervisor.listening():
            try:
                start_all(supervisor, host=host, port=port)
                supervisor.say(f"serving {url}/ after {time.time() - began:.1f} s; Ctrl-C stops everything.")
                supervisor.start(setup_service(url=url, began=began))
                supervisor.run_until_stopped()
            except StoppedError:
                pass
            except StartError as error:
                supervisor.say(str(error))
                return 1
            finally:
                supervisor.stop()
    return 0


def start_all(supervisor: Supervisor, *, host: str, port: int) -> None:
    """Bring up, in order, whatever the shape needs."""
    if settings.EMBEDDED:
        valkey.prepare_socket_folder(socket_path=settings.VALKEY_SOCKET)
        supervisor.start(valkey_service())
        supervisor.wait_until_well("valkey")
    if not prepared.is_prepared():
        supervisor.say("preparing database and static files ...")
        if wants_demo_files():
            supervisor.start(demo_files_service())
        supervisor.run_once(Service("prepare", manage("prepare")))
        prepared.note()
    if read_state() is None:
        write_state(SetupState())  # from the first request on, the front door leads to the progress page
    supervisor.start(web_service(host=host, port=port))
    supervisor.wait_until_well("web")  # pages come first: the others would take the processor from it
    # two processes, so that a long import holds up neither scores nor the hand-over of abandoned jobs
    limit = ("--max-memory-per-child", str(1024 * settings.WORKER_MEMORY_MB))
    supervisor.start(worker_service("worker", queues="default,scoring", processes=2, extra=limit))
    supervisor.start(training_service())
    supervisor.start(Service("beat", celery("beat", "--pidfile="), stop_stage=1))


# --- the services ----------------------------------------------------------------------------------------
def manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments)


def celery(*arguments: str) -> tuple[str, ...]:
    program = (sys.executable, "-m", "celery", "--quiet", f"--workdir={settings.BASE_DIR}", "-A", "config")
    return (*program, *arguments, f"--loglevel={settings.LOG_LEVEL}")


def valkey_service() -> Service:
    path = settings.VALKEY_SOCKET
    return Service(
        "valkey",
        tuple(valkey.server_command(socket_path=path, directory=settings.VAR_DIR)),
        is_well=partial(valkey.answers, socket_path=path),
        stop_stage=3,
    )


def web_service(*, host: str, port: int) -> Service:
    command = (sys.executable, "-m", "gunicorn", "--chdir", str(settings.BASE_DIR))
    return Service(
        "web",
        (*command, "-c", "python:config.gunicorn_settings", "config.wsgi:application"),
        environment={"HOST": host, "PORT": str(port), "OMP_NUM_THREADS": "1", **FEW_HEAPS},
        is_well=partial(http_answers, host=host, port=port),
        grace_seconds=15,
        stop_stage=1,
    )


def worker_service(name: str, *, queues: str, processes: int, extra: tuple[str, ...] = ()) -> Service:
    """A Celery worker that takes one task at a time in each of its processes."""
    alive = settings.VAR_DIR / f"{name}.alive"
    alive.unlink(missing_ok=True)
    size = ("-P", "prefork", "-c", str(processes), *extra)
    arguments = ("-Q", queues, "-n", f"{name}@%h", *size, "--without-gossip", "--without-mingle")
    return Service(
        name,
        celery("worker", *arguments),
        environment={"WORKER_ALIVE_FILE": str(alive), **QUIET_ROOT, **FEW_HEAPS},
        is_well=partial(worker_is_well, alive_file=alive),
        grace_seconds=TASK_GRACE_SECONDS,
        stop_stage=2,
    )


def training_service() -> Service:
    """Training at low priority, so that it holds up no page; two runs at a time where there are two cores.

    Each run has a fresh process, which gives all memory back.
    """
    cores = os.cpu_count() or 1
    processes = min(TRAINING_PROCESSES, cores)
    service = worker_service(
        "training", queues="training", processes=processes, extra=("--max-tasks-per-child", "1")
    )
    threads = {"OMP_NUM_THREADS": str(cores // processes)}
    environment = {**service.environment, **threads}
    return replace(service, environment=environment, niceness=TRAINING_NICENESS)


def wants_demo_files() -> bool:
    """Whether this is a first start that is to load the demo shop: there is no database yet."""
    is_new = settings.EMBEDDED and not Path(str(settings.DATABASES["default"]["NAME"])).exists()
    return is_new and SetupOptions.from_environment().demo


def demo_files_service() -> Service:
    """Makes the demo's files while the database is made; the set-up waits for them where it is quicker."""
    command = manage("setup_shop", "--only-demo-files")
    return Service("files", command, restarts=1, stop_stage=0)


def setup_service(*, url: str, began: float) -> Service:
    command = manage("setup_shop", "--url", url, "--began", str(began))
    return Service("set-up", command, on_terminal=True, restarts=2, grace_seconds=5, stop_stage=0)


# --- probes ----------------------------------------------------------------------------------------------
def http_answers(*, host: str, port: int, timeout: float = 3.0) -> bool:
    """Whether the web server answers at all: a 503 of ``/healthz`` is someone else's illness."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


def worker_is_well(*, alive_file: Path) -> bool:
    """Whether the worker sent a heartbeat lately. While the broker is away none can, and that is no fault."""
    try:
        age = time.time() - alive_file.stat().st_mtime
    except FileNotFoundError:
        age = float("inf")
    return age < ALIVE_WITHIN_SECONDS or not broker_answers()


def broker_answers() -> bool:
    import redis

    with contextlib.closing(redis.Redis.from_url(settings.CACHE_URL, socket_timeout=1)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


# --- one at a time ---------------------------------------------------------------------------------------
@contextlib.contextmanager
def only_instance(*, folder: Path, url: str) -> Iterator[None]:
    """Hold the folder's lock. The kernel drops it when we die, however we die, so it never goes stale."""
    with (folder / "run.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"Regulars is already running at {_holder(lock.name)}.") from None
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "url": url}))
        lock.flush()
        yield


def _holder(path: str) -> str:
    try:
        held = json.loads(Path(path).read_text(encoding="utf-8"))
        return f"{held['url']} (pid {held['pid']}); stop that one first, or set VAR_DIR to another folder"
    except (ValueError, KeyError):
        return "an address it is just about to announce"


def check_port(*, host: str, port: int) -> None:
    """Refuse early and clearly when the address cannot be had."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortBusyError(
                f"Port {port} on {host} is taken by another program; choose another: make run PORT={port + 1}"
            ) from None
        raise PortBusyError(
            f"Cannot listen on {host}:{port} ({error}); set HOST to an address of this machine."
        ) from None
