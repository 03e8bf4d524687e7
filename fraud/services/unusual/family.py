"""The family of the isolation forest: how it is fitted, and what its ranks are written to.

It needs no label and never decides. It ranks what waits for a review until the first fraud model is live.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fraud.features import PreparedOrders, ShopOrders, load_orders
from fraud.services.training import fingerprint
from fraud.services.unusual.ranking import FAMILY, rank_open_alerts, stop_ranking
from learning.estimator import ModelFitError, Progress, part
from learning.step_texts import NO_ORDERS
from registry.families import Candidate, Family
from registry.models import ModelVersion, TrainingRun
from registry.services import load_live

if TYPE_CHECKING:
    from fraud.ml.models.isolation_forest import IsolationForest
    from fraud.ml.orders.sequences import TransactionSequences

SEED = 20_261_130


def train_candidate(progress: Progress) -> Candidate:
    """Fit the forest on the orders there are. Raises ModelFitError where they are too few.

    Without labels nothing says how good it is. Its figure is how far another seed agrees with it, and the
    newest one always goes live, because it knows more orders.
    """
    import numpy as np

    from fraud.ml.models.isolation_forest import MOST_ORDERS, IsolationForest

    progress(0.0, _("reading orders"))
    orders = load_orders()
    if not len(orders):
        raise ModelFitError(NO_ORDERS)
    newest = np.arange(max(0, len(orders) - MOST_ORDERS), len(orders))
    progress(0.1, _("computing features"))
    sequences = orders.sequences(rows=newest)
    forests = [
        IsolationForest().fit(
            sequences, rng=np.random.default_rng(SEED + other), progress=part(progress, 0.4, 1.0)
        )
        for other in range(2)
    ]
    agreement = _agreement(forests, sequences)
    placed = orders.columns.placed_at[newest]
    return Candidate(
        estimator=forests[0],
        score=agreement,
        live_score=None,
        parameters={"config": asdict(forests[0].config), "seed": SEED},
        metrics={
            "figure": "stability",
            "stability": agreement,
            "orders": len(orders),
            "training_orders": len(newest),
        },
        data_from=_moment(placed.min()),
        data_until=_moment(placed.max()),
        data_fingerprint=fingerprint(orders),
        for_write_back=PreparedOrders(orders, sequences) if len(newest) == len(orders) else None,
    )


def write_back(run: TrainingRun, progress: Progress) -> None:
    """Rank the open alerts by the live forest; where a fraud model is live by now, rank nothing any more."""
    progress(0.0, _("ranking alerts"))
    if ModelVersion.objects.live("fraud").exists():
        with run.holding():
            stop_ranking()
        return
    prepared: PreparedOrders | None = run.for_write_back
    orders: ShopOrders | None = None if prepared is None else prepared.orders
    rank_open_alerts(loaded=load_live(FAMILY), orders=orders, hold=run.holding)


def _agreement(forests: list[IsolationForest], sequences: TransactionSequences) -> float:
    """Spearman's correlation of the ranks of two seeds, −1 to 1."""
    import numpy as np

    first, second = (np.argsort(np.argsort(forest.score(sequences))) for forest in forests)
    return float(np.corrcoef(first, second)[0, 1])


def _moment(second: float) -> datetime:
    return datetime.fromtimestamp(int(second), tz=UTC)


UNUSUAL_ORDERS = Family(
    name=FAMILY,
    title=gettext_lazy("Unusual orders"),
    estimators={"isolation_forest": "fraud.ml.models.isolation_forest.IsolationForest"},
    train=train_candidate,
    write_back=write_back,
    until="fraud",
)
