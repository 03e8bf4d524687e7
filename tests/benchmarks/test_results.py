"""What a benchmark leaves in its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import results
from benchmarks.results import Report


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(results, "SHORT", False)
    return tmp_path


def written(folder: Path, name: str = "gan") -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return content


def test_seeds_become_their_mean_with_the_ends(folder: Path):
    with Report("gan", data="toy", seed="1,2") as report:
        report.add("gan: P@5", 0.4, at_least=0.41)
        report.add("gan: P@5", 0.44, at_least=0.41)
        report.add_peer("gan: P@5", "ease", 0.3)
    content = written(folder)
    assert content["area"] == "recommendations"
    assert content["figures"] == [
        {
            "figure": "gan: P@5",
            "value": 0.42,
            "spread": [0.4, 0.44],
            "goal": {"at_least": 0.41},
            "reached": True,
            "peers": {"ease": 0.3},
            "timed": False,
        }
    ]


def test_times_become_their_median(folder: Path):
    with Report("gan", data="toy", seed=1) as report:
        for seconds in (1.0, 2.0, 60.0):
            report.add("fit: s", seconds, at_most=1.5, timed=True)
    (figure,) = written(folder)["figures"]
    assert (figure["value"], figure["reached"]) == (2.0, False)


def test_without_a_goal_nothing_is_reached(folder: Path):
    with Report("gan", data="toy", seed=1) as report:
        report.add("ndcg@10", 0.1)
    (figure,) = written(folder)["figures"]
    assert figure["goal"] is None
    assert figure["reached"] is None


def test_missing_data_are_printed_and_written(folder: Path, capsys: pytest.CaptureFixture[str]):
    with Report("gan", data="toy", seed=1) as report:
        report.not_run("DATA has no ratings (the place they come from)")
    assert "not run: DATA has no ratings" in capsys.readouterr().out
    assert written(folder)["not_run"] == ["DATA has no ratings (the place they come from)"]


def test_nothing_is_written_after_an_error(folder: Path):
    with pytest.raises(ZeroDivisionError), Report("gan", data="toy", seed=1) as report:
        report.add("share", 1 / 0)
    assert not list(folder.iterdir())


def test_the_short_form_prints_what_the_machine_does_not_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(results, "SHORT", True)
    with Report("gan", data="toy", seed=1) as report:
        report.add("gan: P@5", 0.4)
        report.add("gan: CPU s", 3.1, timed=True)
    assert capsys.readouterr().out == "figure: gan: P@5 = 0.4\n"
    assert written(folder / "short")["short"] is True


def test_a_command_names_no_folder_of_this_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "sys.orig_argv", ["/x/python", "-m", "benchmarks.gan", "--demo", "/home/me/demo", "--short"]
    )
    monkeypatch.setenv("BENCH_DATA", "/home/me/data")
    monkeypatch.setattr(results, "SHORT", False)
    assert results.command() == "BENCH_DATA=… python -m benchmarks.gan --demo …"
