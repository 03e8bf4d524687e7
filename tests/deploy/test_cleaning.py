import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("env/bin", "var/models", ".mypy_cache", "shop/__pycache__", ".git/__pycache__"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "shop" / "django.mo").touch()
    (tmp_path / "shop" / "models.py").touch()
    return tmp_path


def clean(folder: Path) -> subprocess.CompletedProcess[str]:
    variables = {k: v for k, v in os.environ.items() if k != "VAR_DIR"} | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "deploy.cleaning", "env", "absent", "shop/django.mo"]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_what_was_made_is_removed_and_nothing_else(folder: Path) -> None:
    assert clean(folder).returncode == 0
    left = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    assert left == {"shop", "shop/models.py", ".git", ".git/__pycache__"}


def test_a_link_is_removed_but_not_what_it_points_to(folder: Path) -> None:
    (folder / "env").rename(folder / "theirs")
    (folder / "env").symlink_to("theirs")
    clean(folder)
    assert not (folder / "env").exists()
    assert (folder / "theirs" / "bin").exists()


def test_nothing_is_removed_while_the_shop_runs(folder: Path) -> None:
    with (folder / "var" / "run.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        answer = clean(folder)
    assert (answer.returncode, answer.stderr) == (1, "Regulars is running: stop it first.\n")
    assert (folder / "env" / "bin").exists()
