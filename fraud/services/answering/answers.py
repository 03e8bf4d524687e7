"""What the live model answers: for one order within a deadline, or for many without."""

from __future__ import annotations

import logging
import math
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings

from fraud.features import load_history
from fraud.services.answering.deadlines import Budget, TooLate, answer_of, started
from fraud.services.answering.packing import packed
from fraud.services.reasons.of_orders import Reason, reasons_of
from learning.json_types import JsonObject
from learning.rounding import rounded_list
from registry.services import LoadedModel, NoLiveModel, load_live

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fraud.features import ShopOrders
    from fraud.ml.judging.explanation import Effects
    from fraud.ml.orders.sequences import TransactionSequences
    from membership.models import Order
    from registry.models import ModelVersion

Result = TypeVar("Result")
Other = TypeVar("Other")
logger = logging.getLogger(__name__)
FAMILY = "fraud"
EXPLAINED_AT_ONCE = 256
Explained = tuple["Effects", "TransactionSequences"]
"""The effects of each fact of some orders, and the orders."""


@dataclass(frozen=True)
class Answer:
    """``probability`` is None when the model could not answer, or not in time (``is_late``)."""

    probability: float | None = None
    reasons: list[Reason] = field(default_factory=list)
    version: ModelVersion | None = None
    features: JsonObject = field(default_factory=dict)
    is_late: bool = False


def answer_in_time(
    order: Order, *, seconds: float | None = None, live_id: int | None = None, family: str = FAMILY
) -> Answer:
    """The live model on one stored order, within ``seconds`` (by default, the setting). Never raises.

    ``family`` may be another one that reads the same: then its score stands in ``probability``.

    This thread asks the database and checks the time between its queries; building the sequences, the
    model and its reasons, which are pure computation, run in a thread of their own. A score whose reasons
    come late counts without them.
    """
    budget = Budget(settings.FRAUD_ANSWER_SECONDS if seconds is None else seconds)
    try:
        return _answer(order, budget, live_id, family)
    except (TooLate, TimeoutError):
        logger.warning("order %s: no answer within %.3f s", order.order_no, budget.seconds)
        return Answer(is_late=True)
    except NoLiveModel as error:
        logger.warning("order %s has no score: %s", order.order_no, error)
    except Exception:  # any fault of a model, its file or its input: checkout must get an answer
        logger.exception("order %s could not be scored", order.order_no)
    return Answer()


def _answer(order: Order, budget: Budget, live_id: int | None, family: str) -> Answer:
    loaded = load_live(family, within=budget.left, live_id=live_id)
    budget.check()
    history = load_history(order=order)
    budget.check()
    scored: Future[tuple[float, JsonObject]] = Future()
    explaining = started(lambda: _scored_and_explained(loaded, history, scored))
    explaining.add_done_callback(lambda done: _hand_on_error(done, scored))
    probability, features = answer_of(scored, budget=budget)
    try:
        sequences, effects = answer_of(explaining, budget=budget)
        reasons = reasons_of(effects=effects, sequences=sequences)[0]
    except TooLate:
        logger.warning("order %s: its reasons were not ready in time", order.order_no)
        reasons = []
    return Answer(probability, reasons, loaded.version, features)


def _scored_and_explained(
    loaded: LoadedModel, history: ShopOrders, scored: Future[tuple[float, JsonObject]]
) -> tuple[TransactionSequences, Effects]:
    """First the probability, with what it rests on, then the effects of each fact."""
    import numpy as np

    sequences = history.sequences(rows=np.array([len(history) - 1])).compacted()
    probability = checked(loaded, loaded.estimator.score(sequences))[0]
    scored.set_result((probability, packed(sequences)))
    return sequences, effects_of(loaded, sequences)


def _hand_on_error(done: Future[Result], to: Future[Other]) -> None:
    error = done.exception()
    if error is not None and not to.done():
        to.set_exception(error)


def checked(loaded: LoadedModel, scores: NDArray[np.float32]) -> list[float]:
    """``scores`` (n,) as probabilities, rounded: decided, stored and replayed on the same digits."""
    probabilities = rounded_list(scores)
    if not all(math.isfinite(value) and 0 <= value <= 1 for value in probabilities):
        raise ValueError(f"{loaded.version} gave a score that is no probability")
    return probabilities


def effects_of(loaded: LoadedModel, sequences: TransactionSequences) -> Effects:
    from fraud.ml.judging.explanation import explain

    return explain(loaded.estimator.score, sequences, typical=loaded.estimator.typical_step)


def many_effects(loaded: LoadedModel, sequences: TransactionSequences) -> list[Explained]:
    """The effects for many orders, a batch at a time, each with its sequences. No query."""
    compact = (batch.compacted() for batch in sequences.batches(EXPLAINED_AT_ONCE))
    return [(effects_of(loaded, batch), batch) for batch in compact]


def many_reasons(batches: list[Explained]) -> list[list[Reason]]:
    """The reasons of each order of ``many_effects``."""
    return [
        reasons
        for effects, sequences in batches
        for reasons in reasons_of(effects=effects, sequences=sequences)
    ]
