"""Past orders scored by a model that was not trained on their labels, to try settings and rules on."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from fraud.features import ShopOrders
from fraud.models import PastScores
from learning.estimator import ArtefactError
from learning.rounding import rounded
from registry.families import estimator_class
from registry.models import ModelVersion
from registry.services import LoadedModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fraud.ml.orders.sequences import TransactionSequences
    from learning.estimator import Estimator

logger = logging.getLogger(__name__)
FAMILY, TWIN = "fraud", "twin"
MOST_GENUINE = 150_000
"""Beyond this many genuine orders a sample stands for all; all frauds are kept."""
SEED = 11


@dataclass(frozen=True)
class Past:
    """Columns of n past orders whose outcome is known: (n,) each, ``day`` counted from the first one.

    A genuine order may stand for several (``weight``), so that sums and means hold for all orders.
    """

    order: NDArray[np.int64]
    probability: NDArray[np.float32]
    amount: NDArray[np.float64]
    is_fraud: NDArray[np.int8]
    day: NDArray[np.int32]
    weight: NDArray[np.float64]
    days: float
    begins_at: datetime
    ends_at: datetime
    in_sample: bool
    version: ModelVersion


def keep_past_scores(
    *,
    loaded: LoadedModel,
    orders: ShopOrders,
    sequences: TransactionSequences,
    hold: Callable[[], AbstractContextManager[None]] = transaction.atomic,
) -> PastScores | None:
    """Score the held-out weeks with the version's twin, which was not trained on them, and store the result.

    ``sequences`` are those of all ``orders``. None while there are no mature labels. Without a twin the model
    itself is asked, and the row says so.
    """
    import numpy as np

    from fraud.ml.orders.labelling import labelled_at

    begins, ends = _window(loaded.version)
    known = labelled_at(orders.columns, as_of=int(timezone.now().timestamp()))
    placed = orders.columns.placed_at[known.rows]
    inside = (placed >= int(begins.timestamp())) & (placed <= int(ends.timestamp()))
    rows, is_fraud = known.rows[inside], known.is_fraud[inside]
    if not len(rows):
        return None
    rows, is_fraud, weight = _sampled(rows, is_fraud)
    estimator, in_sample = _judge(loaded)
    probability = rounded(estimator.score(sequences.select(rows)))
    columns: dict[str, NDArray[np.generic]] = {
        "order": orders.ids[rows],
        "probability": probability,
        "amount": orders.columns.amount_cents[rows] / 100,
        "is_fraud": is_fraud.astype(np.int8),
        "day": ((orders.columns.placed_at[rows] - int(begins.timestamp())) // 86_400).astype(np.int32),
        "weight": weight,
    }
    file = io.BytesIO()
    np.savez_compressed(file, **columns)  # type: ignore[arg-type]  # numpy types its kwargs as bool
    with hold():
        return PastScores.objects.update_or_create(
            model_version=loaded.version,
            defaults={
                "orders": round(float(weight.sum())),
                "frauds": int(is_fraud.sum()),
                "begins_at": begins,
                "ends_at": ends,
                "in_sample": in_sample,
                "arrays": file.getvalue(),
                "made_at": timezone.now(),
            },
        )[0]


def past_orders() -> Past | None:
    """Of the live version; None while there is none, or its held-out orders have not been judged yet."""
    import numpy as np

    kept = (
        PastScores.objects.select_related("model_version")
        .filter(model_version__family=FAMILY, model_version__status=ModelVersion.Status.LIVE)
        .first()
    )
    if kept is None:
        return None
    with np.load(io.BytesIO(bytes(kept.arrays)), allow_pickle=False) as stored:
        columns = {name: stored[name] for name in stored.files}
    days = max((kept.ends_at - kept.begins_at) / timedelta(days=1), 1.0)
    return Past(
        **columns,
        days=days,
        begins_at=kept.begins_at,
        ends_at=kept.ends_at,
        in_sample=kept.in_sample,
        version=kept.model_version,
    )


def _window(version: ModelVersion) -> tuple[datetime, datetime]:
    """The held-out weeks of the version's training."""
    held_out = version.metrics.get("held_out") or {}
    if "from" in held_out and "until" in held_out:
        return datetime.fromisoformat(held_out["from"]), datetime.fromisoformat(held_out["until"])
    return datetime.fromtimestamp(0, UTC), timezone.now()


def _sampled(
    rows: NDArray[np.intp], is_fraud: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float64]]:
    """All frauds and a sample of the genuine orders: rows, labels, and how many orders each stands for."""
    import numpy as np

    frauds, genuine = np.flatnonzero(is_fraud == 1), np.flatnonzero(is_fraud != 1)
    weight = np.ones(len(rows))
    if len(genuine) > MOST_GENUINE:
        chosen = np.random.default_rng(SEED).choice(genuine, MOST_GENUINE, replace=False)
        weight[chosen] = len(genuine) / MOST_GENUINE
        genuine = chosen
    kept = np.sort(np.concatenate([frauds, genuine]))
    return rows[kept], is_fraud[kept], weight[kept]


def _judge(loaded: LoadedModel) -> tuple[Estimator, bool]:
    """The twin, which has not seen the weeks; or the model itself, which has."""
    version = loaded.version
    try:
        cls: type[Estimator] = estimator_class(family=version.family, estimator=version.estimator)
        return cls.load(version.artefact / TWIN), False
    except (ArtefactError, OSError):
        logger.warning("%s has no twin: its own scores of the held-out weeks flatter it", version)
        return loaded.estimator, True
