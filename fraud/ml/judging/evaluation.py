"""Judging fraud models on a file: temporal folds, with labels that arrive with their real delay."""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fraud.ml.judging.verdicts import by_history, calibration_error, cost_figures
from fraud.ml.model_list import MODELS, fraud_model
from fraud.ml.models.blend import FraudBlend
from fraud.ml.orders.files import Transactions
from fraud.ml.orders.sequences import TransactionSequences, build_sequences
from fraud.ml.orders.step_features import STEP_FEATURES
from fraud.ml.orders.training_data import LabelledSequences
from learning.estimator import Estimator, Progress, silent
from learning.interaction_files import InputError
from learning.json_types import JsonObject
from learning.measuring import Cost, measured
from learning.metrics import detection as metrics

EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Protocol:
    """Which days train and which test. Fold k moves every date by k × ``test_days``."""

    train_start: dt.date
    train_days: int
    delay_days: int
    test_days: int
    test_start: dt.date | None = None
    folds: int = 1
    drop_compromised_since: dt.date | None = None
    time_zone: str = "UTC"
    reviews_per_day: int = 100
    review_cost: float = 3.0

    @property
    def first_test_day(self) -> dt.date:
        return self.test_start or self.train_start + dt.timedelta(days=self.train_days + self.delay_days)


@dataclass(frozen=True)
class Fold:
    """Row numbers of the file: what may train, and what is tested (rows without a label included)."""

    number: int
    train: NDArray[np.intp]
    test: NDArray[np.intp]


@dataclass(frozen=True)
class Outcome:
    """One model on one fold: a score for each of ``fold.test``, and the figures on those with a label."""

    model: str
    fold: Fold
    scores: NDArray[np.float32]
    figures: JsonObject = field(default_factory=dict)


def folds_of(transactions: Transactions, protocol: Protocol) -> Iterator[Fold]:
    """Raises InputError when a window is empty or holds no known fraud."""
    for number in range(protocol.folds):
        shift = number * protocol.test_days
        train_from = _day(protocol.train_start) + shift
        test_from = _day(protocol.first_test_day) + shift
        train = _train_rows(transactions, protocol, train_from=train_from, test_from=test_from)
        test = _test_rows(transactions, protocol, test_from=test_from, shift=shift)
        _check_fold(transactions, number, train=train, test=test, train_from=train_from, test_from=test_from)
        yield Fold(number, train, test)


def evaluate(
    transactions: Transactions,
    protocol: Protocol,
    *,
    models: Sequence[str],
    seed: int = 0,
    progress: Progress = silent,
) -> Iterator[Outcome]:
    """Every model on every fold. Raises InputError, ModelFitError."""
    check_models(models)
    folds = list(folds_of(transactions, protocol))
    needed = np.unique(np.concatenate([rows for fold in folds for rows in (fold.train, fold.test)]))
    progress(0.0, f"features of {len(needed):,} orders")
    sequences = build_sequences(transactions.orders, time_zone=protocol.time_zone, rows=needed)
    fitted: dict[str, Estimator] = {}
    for number, (fold, model) in enumerate((fold, model) for fold in folds for model in models):
        progress(number / (len(folds) * len(models)), f"fold {fold.number}: {model}")
        train = _labelled(transactions, sequences, needed, fold.train)
        if model == models[0]:
            fitted = {}  # another fold
        with measured() as cost:
            fitted[model] = _fitted(model, train, fitted, seed=seed)
        tested = sequences.select(np.searchsorted(needed, fold.test))
        scores = fitted[model].score(tested)
        figures = {
            "model": model,
            "fold": fold.number,
            **_costs(cost),
            **_figures(transactions, protocol, fold, tested, scores),
            "train_orders": len(fold.train),
            "seed": seed,
        }
        yield Outcome(model, fold, scores, figures)


def _fitted(model: str, train: LabelledSequences, before: Mapping[str, Estimator], *, seed: int) -> Estimator:
    """A blend takes those parts that were just fitted as models of their own; its cost is then the rest's."""
    rng, estimator = np.random.default_rng(seed), fraud_model(model)
    if isinstance(estimator, FraudBlend):
        return estimator.fit(train, rng=rng, fitted=before)
    return estimator.fit(train, rng=rng)


def check_models(models: Sequence[str]) -> None:
    unknown = [model for model in models if model not in MODELS]
    if unknown or not models:
        raise InputError(f"there is no model {(unknown or [''])[0]!r}; known: {', '.join(MODELS)}")


def _train_rows(
    transactions: Transactions, protocol: Protocol, *, train_from: int, test_from: int
) -> NDArray[np.intp]:
    """Labelled orders of the window whose label is known when the first test day begins."""
    day, orders = transactions.day, transactions.orders
    inside = (day >= train_from) & (day < train_from + protocol.train_days)
    known = orders.label_known_at <= _midnight(test_from, protocol.time_zone)
    return np.flatnonzero(inside & known & ~np.isnan(orders.is_fraud))


def _test_rows(
    transactions: Transactions, protocol: Protocol, *, test_from: int, shift: int
) -> NDArray[np.intp]:
    day, orders = transactions.day, transactions.orders
    parts: list[NDArray[np.intp]] = []
    for today in range(test_from, test_from + protocol.test_days):
        rows = np.flatnonzero(day == today)
        if protocol.drop_compromised_since is not None:
            since = _day(protocol.drop_compromised_since) + shift
            begins = _midnight(today, protocol.time_zone)
            known_fraud = (orders.is_fraud == 1) & (day >= since) & (orders.label_known_at <= begins)
            rows = rows[~np.isin(orders.member[rows], orders.member[known_fraud])]
        parts.append(rows)
    return np.concatenate(parts) if parts else np.zeros(0, np.intp)


def _check_fold(
    transactions: Transactions,
    number: int,
    *,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    train_from: int,
    test_from: int,
) -> None:
    covers = f"the file covers {_date(transactions.day.min())} to {_date(transactions.day.max())}"
    if not len(train):
        raise InputError(f"fold {number}: no labelled order to train on from {_date(train_from)}; {covers}")
    if not len(test):
        raise InputError(f"fold {number}: no order to test from {_date(test_from)}; {covers}")
    frauds = transactions.orders.is_fraud[train].sum()
    if frauds in (0, len(train)):
        raise InputError(
            f"fold {number}: the {len(train)} training orders need both frauds and genuine orders"
        )


def _labelled(
    transactions: Transactions,
    sequences: TransactionSequences,
    needed: NDArray[np.intp],
    rows: NDArray[np.intp],
) -> LabelledSequences:
    orders = transactions.orders
    chosen = sequences.select(np.searchsorted(needed, rows))
    return LabelledSequences(chosen, orders.is_fraud[rows], orders.placed_at[rows])


def _costs(cost: Cost) -> dict[str, float]:
    return {
        "fit_seconds": round(cost.wall_seconds, 3),
        "cpu_seconds": round(cost.cpu_seconds, 3),
        "peak_rss_mb": round(cost.peak_rss_mb, 1),
    }


def _figures(
    transactions: Transactions,
    protocol: Protocol,
    fold: Fold,
    tested: TransactionSequences,
    scores: NDArray[np.float32],
) -> JsonObject:
    labelled = ~np.isnan(transactions.orders.is_fraud[fold.test])
    rows, kept = fold.test[labelled], scores[labelled]
    bad = transactions.orders.is_fraud[rows]
    member, day = transactions.orders.member[rows], transactions.day[rows]
    precision, recall = metrics.at_capacity(bad, kept, day=day, per_day=protocol.reviews_per_day)
    amount = transactions.orders.amount_cents[rows] / 100
    log_history = tested.steps[tested.window[labelled, -1], STEP_FEATURES.index("log_history")]
    figures: JsonObject = {
        "auc_roc": metrics.auc_roc(bad, kept),
        "average_precision": metrics.average_precision(bad, kept),
        "card_precision@100": metrics.card_precision_at_k(bad, kept, member=member, day=day),
        "brier": metrics.brier(bad, kept),
        "calibration_error": calibration_error(bad, kept),
        f"precision@{protocol.reviews_per_day}_a_day": precision,
        f"recall@{protocol.reviews_per_day}_a_day": recall,
        **cost_figures(bad, kept, amount, review_cost=protocol.review_cost),
        "review_cost": protocol.review_cost,
        "by_history": by_history(bad, kept, np.rint(np.expm1(log_history)).astype(np.int64)),
        "test_orders": len(fold.test),
        "test_frauds": int(bad.sum()),
    }
    undefined = {key for key, value in figures.items() if isinstance(value, float) and math.isnan(value)}
    return {key: None if key in undefined else value for key, value in figures.items()}


def _day(date: dt.date) -> int:
    return (date - EPOCH).days


def _date(day: int) -> dt.date:
    return EPOCH + dt.timedelta(days=int(day))


def _midnight(day: int, time_zone: str) -> int:
    """The second at which ``day`` begins in ``time_zone``."""
    return int(dt.datetime.combine(_date(day), dt.time(), zoneinfo.ZoneInfo(time_zone)).timestamp())
