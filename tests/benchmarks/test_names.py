"""What `make bench` can be asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import chosen
from benchmarks.names import BENCHMARKS
from benchmarks.results import ROOT


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_has_a_script_with_a_short_form(name: str):
    script = ROOT / "benchmarks" / (BENCHMARKS[name].replace(".", "/") + ".py")
    text = script.read_text(encoding="utf-8")
    assert f'Report("{name}"' in text or f'"{name}", data=' in text
    assert "options_of(" in text


def test_only_takes_several_names():
    assert chosen(only="gan,serving") == ["gan", "serving"]
    assert chosen(only="") == list(BENCHMARKS)
    assert chosen(only="gan,unknown") == []


def test_a_benchmark_without_its_data_says_where_they_come_from(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.recommendations.gan", "--short"],
        cwd=ROOT,
        env={**os.environ, "BENCH_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "not run: DATA has no ml100k_irgan_train.csv.gz" in done.stdout
