"""What ``python -m config.running`` refuses, and what it does without."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings

from config.running.__main__ import main


@pytest.mark.parametrize("port", ["http", "0", "65536"])
def test_a_port_that_is_none_is_named(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--port", port])
    assert ended.value.code == 1
    assert f"PORT='{port}' is no port" in capsys.readouterr().err


def test_a_mistyped_option_is_reported_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEMO", "yes")
    with pytest.raises(SystemExit):
        main([])
    assert "DEMO='yes'" in capsys.readouterr().err


def test_the_supervisor_loads_no_application() -> None:
    look = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings';"
        "import config.running.processes, config.setting_up.options; from django.apps import apps;"
        "print(apps.ready, 'membership.models' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False", "False"]
