"""Make a virtual environment and install a file of requirements there, unless that has been done.

    python -m deploy.environment .venv requirements.txt

``make`` runs this with the Python that deploy/python.sh found, so it needs nothing but the standard library.
The file ``.installed.json`` in the environment says which Python made it and what it holds. After an
interruption the environment is rebuilt, because pip takes a half-installed package for an installed one.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

from deploy.locks import exclusive, regulars_is_running

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
NAMED = bool(os.environ.get("PYTHON"))


@dataclass
class State:
    """What an environment holds."""

    python: str = PYTHON
    named: bool = NAMED  # PYTHON= named the Python that made it
    complete: bool = False  # pip has finished since the last change
    installed: dict[str, str] = field(default_factory=dict)  # file of requirements: its sha256

    @classmethod
    def read(cls, environment: Path) -> Self | None:
        """None where there is no environment, or one that something else made."""
        try:
            return cls(**json.loads((environment / ".installed.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, environment: Path) -> None:
        partial = environment / ".installed.json.partial"
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(environment / ".installed.json")


def sums(requirements: Path) -> dict[str, str]:
    """The sha256 of a file of requirements, and of those that it includes with ``-r``."""
    content = requirements.read_bytes()
    hashes = {requirements.name: hashlib.sha256(content).hexdigest()}
    for line in content.decode().splitlines():
        if line.startswith("-r "):
            hashes |= sums(requirements.parent / line.removeprefix("-r ").strip())
    return hashes


def version_of(environment: Path) -> str | None:
    """The version of an environment's Python; None where it does not start or has no pip."""
    program = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        command = [str(environment / "bin" / "python"), "-c", program]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def reason_to_make_anew(environment: Path, state: State | None) -> str | None:
    version = version_of(environment)
    if state and not state.complete:
        return f"The installation into {environment} was interrupted"
    if version is None:
        return f"The Python of {environment} does not start"
    if version != PYTHON and not (state and state.named and not NAMED):
        return f"{environment} was made by Python {version}, this is Python {PYTHON}"
    return None


def remove(environment: Path) -> None:
    if regulars_is_running():
        sys.exit("Regulars is running: stop it first.")
    if environment.is_symlink():
        environment.unlink()  # what it points to is not ours
    else:
        shutil.rmtree(environment)


def create(environment: Path, *, lock: int) -> State:
    print(f"Creating {environment} with Python {PYTHON} ...", flush=True)
    environment.mkdir(parents=True)
    state = State()
    state.write(environment)
    # not sys.executable: where the environment is activated, that is the Python which was just removed
    python: str = sys._base_executable  # type: ignore[attr-defined]  # undocumented, but venv itself uses it
    command = [python, "-m", "venv", str(environment)]
    subprocess.run(command, check=True, pass_fds=[lock])
    return state


def ready(environment: Path, *, lock: int) -> State:
    """The state of an environment that works and was made by this Python; made where there is none."""
    state = State.read(environment)
    if environment.exists() or environment.is_symlink():
        reason = reason_to_make_anew(environment, state)
        if not reason:
            return state or State()
        print(f"{reason}: rebuilding it.", flush=True)
        remove(environment)
    return create(environment, lock=lock)


def check_openmp(environment: Path) -> None:
    """LightGBM is the one package that takes a library from the system, and a bare system lacks it."""
    program = "import importlib.util as i; i.find_spec('lightgbm') and __import__('lightgbm')"
    command = [str(environment / "bin" / "python"), "-c", program]
    answer = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if answer.returncode != 0:
        print(answer.stderr.strip().rpartition("\n")[-1], file=sys.stderr)
        sys.exit(
            "LightGBM needs the OpenMP library. Debian, Ubuntu: apt-get install libgomp1; "
            "Mac: brew install libomp. Then run make again."
        )


def install(environment: Path, requirements: Path, *, lock: int) -> None:
    wanted = sums(requirements)
    state = ready(environment, lock=lock)
    if state.complete and state.installed.items() >= wanted.items():
        return
    print(f"Installing {requirements} into {environment} (2 to 6 GB; some minutes, once) ...", flush=True)
    state.complete = False
    state.write(environment)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--quiet"]
    command = [*pip, "--disable-pip-version-check", "-r", str(requirements)]
    subprocess.run(command, check=True, pass_fds=[lock])
    replace(state, complete=True).write(environment)  # holds what it held before, until it is seen to work
    check_openmp(environment)
    replace(state, complete=True, installed=wanted).write(environment)


def main() -> None:
    environment, requirements = Path(sys.argv[1]), Path(sys.argv[2])
    real = environment.resolve()
    real.parent.mkdir(parents=True, exist_ok=True)
    waiting = f"Another installation into {environment} goes on: waiting for it ..."
    try:
        # children get the lock too: the next run must not begin while an orphaned pip goes on
        with exclusive(real.with_name(f"{real.name}.lock"), waiting=waiting) as lock:
            install(environment, requirements, lock=lock)
    except subprocess.CalledProcessError as failure:
        sys.exit(f"Failed: {' '.join(failure.cmd)}. Run make again once the cause is gone.")
    except KeyboardInterrupt:
        sys.exit("Interrupted. The next run rebuilds the environment.")


if __name__ == "__main__":
    main()
