"""What a shop's first fraud model needs, what of it is there, and whether its training is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from fraud.features import SCORED_MEMBERS
from fraud.services.training import FAMILY
from learning.step_texts import StepText
from membership.models import Order
from registry.models import ModelVersion, TrainingRun

PAUSE = timedelta(hours=1)
"""Between two attempts: a training reads all orders."""
TOO_LITTLE_DATA = "ModelFitError: "


@dataclass(frozen=True)
class LabelsSoFar:
    """``known`` frauds in all, ``old`` of them placed ``days`` ago or earlier; ``least`` of those are needed.

    ``has_earlier``: one of them was known before the weeks on which the model is judged.
    """

    known: int
    old: int
    least: int
    days: int
    has_earlier: bool

    @property
    def are_enough(self) -> bool:
        return self.old >= self.least and self.has_earlier


def has_model() -> bool:
    return ModelVersion.objects.live(FAMILY).exists()


def labels_so_far(*, at: datetime | None = None) -> LabelsSoFar:
    """The conditions of a training, as ``fraud.ml.orders.labelling.hold_out`` has them. One query."""
    import numpy as np

    from fraud.ml.orders.labelling import LEAST_FRAUDS, MATURITY_DAYS, window_begins

    now = at or timezone.now()
    ends = now - timedelta(days=MATURITY_DAYS)
    frauds = Order.objects.filter(is_fraud=True, label_known_at__lte=now, member__status__in=SCORED_MEMBERS)
    moments = list(frauds.order_by().values_list("placed_at", "label_known_at"))
    old = [(placed.timestamp(), known.timestamp()) for placed, known in moments if known and placed <= ends]
    has_earlier = False
    if old:
        placed_at = np.sort(np.array([int(placed) for placed, _known in old], np.int64))
        begins = window_begins(placed_at, ends=int(ends.timestamp()))
        has_earlier = any(known <= begins for _placed, known in old)
    return LabelsSoFar(len(moments), len(old), LEAST_FRAUDS, MATURITY_DAYS, has_earlier)


def why_not_yet() -> str:
    """What the labels still lack for any training, in one sentence; "" where they are enough."""
    from fraud.ml.orders.labelling import NO_EARLIER_FRAUD, TOO_FEW_FRAUDS

    labels = labels_so_far()
    if labels.are_enough:
        return ""
    if labels.old < labels.least:
        return StepText(TOO_FEW_FRAUDS, n=labels.old, days=labels.days, least=labels.least)
    return NO_EARLIER_FRAUD


def is_due(*, at: datetime | None = None) -> bool:
    """Whether no model is live, labels are enough, and no attempt is under way, just over, or has failed for
    another reason than its data: that one staff look at, and the nightly training repeats it."""
    now = at or timezone.now()
    if has_model():
        return False
    attempts = TrainingRun.objects.filter(family=FAMILY)
    newest = attempts.order_by("-pk").first()
    broke = Q(status=TrainingRun.Status.FAILED) & ~Q(error__startswith=TOO_LITTLE_DATA)
    if newest is not None and attempts.filter(broke, pk=newest.pk).exists():
        return False
    if attempts.unfinished().exists() or attempts.filter(queued_at__gt=now - PAUSE).exists():
        return False
    return labels_so_far(at=now).are_enough
