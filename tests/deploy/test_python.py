"""Which Python ``deploy/python.sh`` takes, in every shell that is here."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "python.sh"
SHELLS = [shell for shell in ("/bin/sh", "/bin/bash", "/bin/dash", "/bin/zsh") if Path(shell).exists()]


def write_python(folder: Path, name: str, *, lacking: str = "nothing") -> None:
    """A program that is this Python, but says its name, and fails whatever mentions ``lacking``."""
    program = folder / name
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *"{lacking}"*) exit 1;; hello) echo {name} got "$@"; exit;; esac\n'
        f'exec {sys.executable} "$@"\n'
    )
    program.chmod(0o755)


def write_old_python(folder: Path, name: str) -> None:
    program = folder / name
    program.write_text('#!/bin/sh\ncase "$*" in *implementation.name*) exit 1;; esac\necho CPython 3.10.13\n')
    program.chmod(0o755)


def run(folder: Path, *arguments: str, shell: str = "/bin/sh", named: str = "") -> tuple[int, str]:
    answer = subprocess.run(
        [shell, str(SCRIPT), *arguments],
        env={"PATH": str(folder), "PYTHON": named},
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, answer.stdout + answer.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_the_newest_is_taken(tmp_path: Path, shell: str) -> None:
    for name in ("python3", "python3.11", "python3.13"):
        write_python(tmp_path, name)
    assert run(tmp_path, "hello", shell=shell) == (0, "python3.13 got hello\n")


def test_one_that_does_not_start_is_passed_over(tmp_path: Path) -> None:
    write_python(tmp_path, "python3.14", lacking="import")
    write_python(tmp_path, "python3.12")
    assert run(tmp_path, "hello") == (0, "python3.12 got hello\n")


def test_one_without_venv_is_passed_over(tmp_path: Path) -> None:
    write_python(tmp_path, "python3.14", lacking="ensurepip")
    write_python(tmp_path, "python3.12")
    assert run(tmp_path, "hello") == (0, "python3.12 got hello\n")


def test_the_package_with_venv_is_named(tmp_path: Path) -> None:
    write_python(tmp_path, "python3", lacking="ensurepip")
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert run(tmp_path, "hello") == (
        1,
        f"python3 lacks Python's module venv. Debian, Ubuntu: apt-get install {package}\n",
    )


def test_the_named_one_is_taken(tmp_path: Path) -> None:
    for name in ("python3.13", "mine"):
        write_python(tmp_path, name)
    assert run(tmp_path, "hello", named=str(tmp_path / "mine")) == (0, "mine got hello\n")


def test_a_named_one_that_is_not_there_is_not_replaced(tmp_path: Path) -> None:
    write_python(tmp_path, "python3.13")
    status, output = run(tmp_path, "hello", named="python3.15")
    assert (status, output.count("\n")) == (1, 1)
    assert output.startswith("Regulars needs Python 3.11 to 3.14, but there is no python3.15.")


@pytest.mark.parametrize("shell", SHELLS)
def test_an_unsupported_one_is_named_with_its_version_and_what_would_be_right(
    tmp_path: Path, shell: str
) -> None:
    write_old_python(tmp_path, "python3")
    status, output = run(tmp_path, "hello", shell=shell)
    assert (status, output.count("\n")) == (1, 1)
    assert output.startswith("Regulars needs Python 3.11 to 3.14, but python3 is CPython 3.10.13.")
    for words in ("apt-get install python3-venv", "brew install", "make run PYTHON="):
        assert words in output


def test_it_stops_at_an_older_one_where_that_is_the_newest_allowed(tmp_path: Path) -> None:
    write_python(tmp_path, "python3")
    answer = subprocess.run(
        ["/bin/sh", str(SCRIPT), "hello"],
        env={"PATH": str(tmp_path), "NEWEST": "10"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("Regulars needs Python 3.11 to 3.10, but python3 is CPython")


def test_arguments_keep_their_spaces(tmp_path: Path) -> None:
    write_python(tmp_path, "python3")
    assert run(tmp_path, "-c", "import sys; print(sys.argv[1:])", "a b", "") == (0, "['a b', '']\n")


def test_pyproject_names_the_same_versions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    oldest = re.findall(r"\(3, (\d+)\)", SCRIPT.read_text())[0]
    newest = re.findall(r"NEWEST:-(\d+)", SCRIPT.read_text())[0]
    assert project["requires-python"] == f">=3.{oldest},<3.{int(newest) + 1}"
    named = re.findall(r"python3\.(\d+)(?= )", SCRIPT.read_text().split("for candidate in")[1])
    assert named[:4] == [str(minor) for minor in range(int(newest), int(oldest) - 1, -1)]
