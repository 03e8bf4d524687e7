"""Judge fraud models on a file of one's own; never touches the database."""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
import zoneinfo
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

if TYPE_CHECKING:
    from fraud.ml.judging.evaluation import Outcome
    from fraud.ml.orders.files import Transactions

EXAMPLE = """
example:
  manage.py evaluate_fraud --transactions payments.parquet --train-start 2018-07-25 --train-days 7 \\
      --delay-days 7 --test-days 7 --folds 4 --models boosted_trees,lstm,blend --json figures.json
"""
SHOWN = (
    "model", "fold", "auc_roc", "average_precision", "card_precision@100", "brier", "calibration_error",
    "expected_cost", "fit_seconds",
)  # fmt: skip


class Command(BaseCommand):
    help = "Evaluate fraud models on a file of labelled transactions, split by time and with late labels."
    requires_system_checks: list[str] = []  # nothing of Django is used

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        parser.add_argument(
            "--transactions", required=True, type=Path, metavar="F",
            help="transaction_id, placed_at, member, store, amount, is_fraud (empty: never known)",
        )  # fmt: skip
        parser.add_argument("--train-start", required=True, type=_date, metavar="D")
        parser.add_argument("--train-days", required=True, type=_positive, metavar="N")
        parser.add_argument(
            "--delay-days", required=True, type=_not_negative, metavar="N",
            help="a label is known this long after its order, in features and in training",
        )  # fmt: skip
        parser.add_argument(
            "--test-start", type=_date, metavar="D", help="default: the end of training + delay"
        )
        parser.add_argument("--test-days", required=True, type=_positive, metavar="N")
        parser.add_argument(
            "--folds", type=_positive, default=1, metavar="N", help="each moved by the test days"
        )
        parser.add_argument(
            "--drop-compromised-since", type=_date, metavar="D",
            help="leave out of each test day the members with a fraud since D that is known when it begins",
        )  # fmt: skip
        parser.add_argument("--models", default="logistic,boosted_trees,lstm,blend", metavar="a,b")
        parser.add_argument(
            "--reviews-per-day", type=_positive, default=100, metavar="N", help="what staff can look at"
        )
        parser.add_argument(
            "--review-cost", type=_cost, default=3.0, metavar="X",
            help="what a review costs; an order is worth one where probability × amount is more",
        )  # fmt: skip
        parser.add_argument("--time-zone", type=_zone, default="UTC", help="of days and hours (default: UTC)")
        parser.add_argument("--seed", type=_not_negative, default=0)
        parser.add_argument(
            "--scores", type=Path, metavar="OUT", help="write every test score to this .parquet"
        )
        parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file")

    def handle(self, *args: object, **options: Any) -> None:
        from fraud.ml.judging.evaluation import Protocol, check_models, evaluate
        from fraud.ml.orders.files import read_transactions
        from learning.estimator import ModelFitError
        from learning.interaction_files import InputError

        names = (
            "train_start", "train_days", "delay_days", "test_start", "test_days", "folds", "time_zone",
            "reviews_per_day", "review_cost",
        )  # fmt: skip
        protocol = Protocol(
            drop_compromised_since=options["drop_compromised_since"],
            **{name: options[name] for name in names},
        )
        models = [name.strip() for name in options["models"].split(",")]
        outcomes: list[Outcome] = []
        try:
            check_models(models)
            transactions = read_transactions(
                options["transactions"], time_zone=protocol.time_zone, delay_days=protocol.delay_days
            )
            self.stdout.write("  ".join(f"{name:>18}" for name in SHOWN))
            for outcome in evaluate(
                transactions, protocol, models=models, seed=options["seed"], progress=_to_stderr
            ):
                outcomes.append(outcome)
                self.stdout.write("  ".join(f"{_shown(outcome.figures[name]):>18}" for name in SHOWN))
            if options["scores"]:
                _write_scores(options["scores"], transactions, outcomes)
            if options["json"]:
                figures = [outcome.figures for outcome in outcomes]
                options["json"].write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        except (InputError, ModelFitError, OSError) as error:
            raise CommandError(str(error)) from error


def _write_scores(path: Path, transactions: Transactions, outcomes: list[Outcome]) -> None:
    import pandas as pd

    parts = [
        pd.DataFrame(
            {
                "transaction_id": transactions.ids[outcome.fold.test],
                "model": outcome.model,
                "fold": outcome.fold.number,
                "score": outcome.scores,
            }
        )
        for outcome in outcomes
    ]
    pd.concat(parts, ignore_index=True).to_parquet(path, index=False)


def _to_stderr(fraction: float, message: str) -> None:
    print(f"{fraction:4.0%} {message}", file=sys.stderr, flush=True)


def _shown(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date; an example is 2018-07-25") from None


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _not_negative(text: str) -> int:
    if not text.isdigit():
        raise ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def _cost(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ArgumentTypeError(f"{text!r} is not an amount from 0 up")
    return value


def _zone(text: str) -> str:
    if text not in zoneinfo.available_timezones():
        raise ArgumentTypeError(f"{text!r} is not a time zone; an example is Asia/Shanghai")
    return text
