"""``manage.py evaluate_fraud`` on a small file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

MEMBERS, DAYS = 40, 90


@pytest.fixture
def payments(tmp_path: Path) -> Path:
    """Every member pays daily; orders above 200 are fraud."""
    rng = np.random.default_rng(1)
    n = MEMBERS * DAYS
    amount = np.where(rng.random(n) < 0.05, rng.uniform(200, 400, n), rng.uniform(5, 60, n)).round(2)
    frame = pd.DataFrame(
        {
            "transaction_id": np.arange(n),
            "placed_at": pd.Timestamp("2026-01-01")
            + pd.to_timedelta(np.arange(n) * 1_440 // MEMBERS, unit="min"),
            "member": np.arange(n) % MEMBERS,
            "store": rng.integers(0, 9, n),
            "amount": amount,
            "is_fraud": (amount > 200).astype(int),
        }
    )
    frame.to_parquet(tmp_path / "payments.parquet", index=False)
    return tmp_path / "payments.parquet"


def evaluate(path: Path, *more: str, **changes: str) -> list[dict[str, Any]]:
    options = {
        "--transactions": str(path), "--train-start": "2026-02-01", "--train-days": "20", "--delay-days": "7",
        "--test-days": "7", "--models": "logistic", "--json": str(path.parent / "out.json"), **changes,
    }  # fmt: skip
    call_command("evaluate_fraud", *(text for pair in options.items() for text in pair), *more)
    figures: list[dict[str, Any]] = json.loads((path.parent / "out.json").read_text())
    return figures


def rewritten(path: Path, change) -> Path:
    frame = pd.read_parquet(path)
    changed = change(frame)
    (frame if changed is None else changed).to_parquet(path, index=False)
    return path


def test_figures_scores_and_folds(payments, tmp_path):
    figures = evaluate(payments, "--folds", "2", "--scores", str(tmp_path / "scores.parquet"))

    assert [(row["model"], row["fold"]) for row in figures] == [("logistic", 0), ("logistic", 1)]
    assert {"fit_seconds", "cpu_seconds", "peak_rss_mb", "auc_roc", "card_precision@100", "brier"} <= figures[
        0
    ].keys()
    assert figures[0]["average_precision"] > 0.95
    assert figures[0]["test_orders"] == MEMBERS * 7
    scores = pd.read_parquet(tmp_path / "scores.parquet")
    assert list(scores.columns) == ["transaction_id", "model", "fold", "score"]
    assert scores["score"].between(0, 1).all()
    # fold 0 tests 20 + 7 days after the first of February
    assert scores.loc[scores["fold"] == 0, "transaction_id"].min() == (31 + 27) * MEMBERS


def test_the_lstm_runs_too(payments):
    (row,) = evaluate(payments, **{"--models": "lstm_member"})

    assert row["average_precision"] > 0.8


def test_labels_of_the_test_days_change_no_score(payments, tmp_path):
    def scores() -> pd.Series:
        evaluate(payments, "--scores", str(tmp_path / "scores.parquet"))
        return pd.read_parquet(tmp_path / "scores.parquet")["score"]

    def forget(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(is_fraud=frame["is_fraud"].where(frame["placed_at"] < "2026-02-28"))

    before = scores()
    rewritten(payments, forget)

    pd.testing.assert_series_equal(scores(), before)


def test_members_known_to_be_compromised_are_left_out(payments):
    everyone = evaluate(payments)[0]["test_orders"]
    rest = evaluate(payments, "--drop-compromised-since", "2026-02-01")[0]["test_orders"]

    frame = pd.read_parquet(payments)
    since = frame["placed_at"] >= "2026-02-01"
    expected = 0
    for day in pd.date_range("2026-02-28", periods=7):
        known = since & (frame["is_fraud"] == 1) & (frame["placed_at"] <= day - pd.Timedelta(days=7))
        today = frame[frame["placed_at"].dt.normalize() == day]
        expected += (~today["member"].isin(frame.loc[known, "member"])).sum()
    assert rest == expected < everyone


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="store"), "has no column store"),
        (lambda frame: frame.iloc[:0], "holds no rows"),
        (lambda frame: frame.assign(amount=-1.0), "row 1: amount"),
        (lambda frame: frame.assign(is_fraud=2), "row 1: is_fraud must be 0, 1 or empty"),
        (lambda frame: frame.assign(transaction_id=5), "row 2: its transaction_id was used before"),
        (lambda frame: frame.assign(placed_at="soon"), "placed_at must be moments"),
        (lambda frame: frame.assign(is_fraud=0), "need both frauds and genuine"),
    ],
)
def test_bad_files_get_one_clear_line(payments, change, message):
    rewritten(payments, change)
    with pytest.raises(CommandError, match=message) as error:
        evaluate(payments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"--models": "oracle"},
            "no model 'oracle'; known: logistic, boosted_trees, lstm_member, lstm, blend",
        ),
        ({"--train-start": "2025-02-01"}, "the file covers 2026-01-01 to 2026-03-31"),
        ({"--train-start": "tomorrow"}, "'tomorrow' is not a date"),
        ({"--folds": "0"}, "not a whole number from 1 up"),
        ({"--transactions": "nowhere.parquet"}, "there is no file nowhere.parquet"),
    ],
)
def test_bad_arguments_get_one_clear_line(payments, changes, message):
    with pytest.raises(CommandError, match=message):
        evaluate(payments, **changes)


def scores_after(path: Path, change) -> np.ndarray[Any, Any]:
    """Test scores of trees fitted on the file, after ``change`` to its labels."""
    changed = path.parent / "changed.parquet"
    frame = pd.read_parquet(path)
    frame["is_fraud"] = change(frame)
    frame.to_parquet(changed, index=False)
    out = path.parent / "scores.parquet"
    evaluate(changed, **{"--models": "boosted_trees", "--scores": str(out)})
    return pd.read_parquet(out)["score"].to_numpy()


def test_labels_that_arrive_after_the_test_change_no_score(payments):
    """Trained until 20 February, tested from the 28th for a week; labels arrive a week after the order."""
    as_they_are = scores_after(payments, lambda frame: frame["is_fraud"])

    def late(frame: pd.DataFrame) -> Any:
        return frame["placed_at"] >= "2026-02-28"  # known when the test is over

    def flipped(frame: pd.DataFrame) -> Any:
        return frame["is_fraud"].where(~late(frame), 1 - frame["is_fraud"])

    def deleted(frame: pd.DataFrame) -> Any:
        return frame["is_fraud"].where(~late(frame))

    np.testing.assert_array_equal(scores_after(payments, flipped), as_they_are)
    np.testing.assert_array_equal(scores_after(payments, deleted), as_they_are)


def test_labels_that_arrive_in_time_do_change_scores(payments):
    as_they_are = scores_after(payments, lambda frame: frame["is_fraud"])
    known = pd.Timestamp("2026-02-20")
    robbed = scores_after(payments, lambda frame: frame["is_fraud"].where(frame["placed_at"] < known, 1))

    assert not np.array_equal(robbed, as_they_are)


def test_costs_calibration_and_history_are_reported(payments):
    (row,) = evaluate(payments, **{"--review-cost": "2", "--reviews-per-day": "5"})

    assert row["expected_cost"] < row["cost_without_model"]
    assert row["calibration_error"] < 0.1
    assert row["precision@5_a_day"] > 0
    assert sum(group["orders"] for group in row["by_history"]) == row["test_orders"]
