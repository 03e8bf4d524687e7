"""Groups of members with similar purchases: recomputed by each retrain, and kept as ordinary segments."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.estimator import Progress
from membership.models import Segment, SegmentMembership, SegmentVersion
from membership.segments.bitmaps import members_now
from membership.segments.figures import figure_table
from membership.segments.stays import refresh_rfm_segments, set_members
from registry.families import Candidate
from registry.models import ModelVersion, TrainingRun
from registry.services import LoadedModel, NoLiveModel, load_live

if TYPE_CHECKING:
    from membership.segments.ml.clusters import FigureTable, Trait

FAMILY = "segments"
PREFIX = "cluster-"
SEED = 20_260_611
HELD_OUT = 0.3
EFFECT = 0.5
"""Cohen's d from which a figure is worth a word: Cohen calls 0.5 medium, 0.8 large."""
TRAITS_DESCRIBED = 3
GONE = gettext_noop("A group that the newest model no longer finds")
Hold = Callable[[], AbstractContextManager[None]]

WORDS: Mapping[str, tuple[str, str]] = {
    "recency_days": (gettext_noop("Silent for long"), gettext_noop("Bought lately")),
    "orders_365d": (gettext_noop("Order often"), gettext_noop("Order seldom")),
    "spend_365d": (gettext_noop("Spend much"), gettext_noop("Spend little")),
    "basket": (gettext_noop("Large baskets"), gettext_noop("Small baskets")),
    "gap_days": (gettext_noop("Long between orders"), gettext_noop("Short between orders")),
    "known_days": (gettext_noop("Known for long"), gettext_noop("Known for a short time")),
    "recent_share": (gettext_noop("Picking up"), gettext_noop("Slowing down")),
}
"""What to call a group whose figure is high, and low. Stored in English, translated where it is shown."""
ORDINARY = gettext_noop("In the middle of everything")


def train_candidate(progress: Progress) -> Candidate:
    """Find groups in the members of today; clear and stable ones go live. Raises ModelFitError.

    The figure that decides is the mean silhouette of members held out of the fit, the live version's on the
    same members.
    """
    import numpy as np

    from membership.segments.ml.clusters import Clusters

    as_of = timezone.now()
    progress(0.0, _("reading members' figures"))
    table = figure_table(as_of=as_of)
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(table))
    held_out, rest = np.split(order, [int(len(order) * HELD_OUT)])
    trial = Clusters().fit(table.rows(np.sort(rest)), rng=rng, progress=progress)
    judged = table.rows(np.sort(held_out))
    score = trial.silhouette(judged, rng=np.random.default_rng(SEED))
    return Candidate(
        estimator=trial,
        score=score,
        live_score=_live_score(judged),
        parameters={"config": asdict(trial.config), "seed": SEED, "k": trial.k_},
        metrics={"k": trial.k_, "trials": trial.trials_, "members": len(table), "silhouette": score},
        data_from=None,
        data_until=as_of,
        data_fingerprint=hashlib.sha256(table.values.tobytes()).hexdigest(),
    )


def _live_score(judged: FigureTable) -> float | None:
    import numpy as np

    try:
        live = load_live(FAMILY).estimator
    except NoLiveModel:
        return None
    if live.names_ != judged.names:
        return None
    return float(live.silhouette(judged, rng=np.random.default_rng(SEED)))


def write_back(run: TrainingRun, progress: Progress) -> None:
    """Put every member into the group of the live version, and renew the RFM segments with them."""
    as_of = timezone.now()
    with run.holding():
        refresh_rfm_segments(as_of=as_of)
    assign_clusters(loaded=load_live(FAMILY), as_of=as_of, hold=run.holding)


def refresh_clusters() -> int:
    """Assign all members again by the live version; the number assigned, 0 while none is live."""
    try:
        loaded = load_live(FAMILY)
    except NoLiveModel:
        return 0
    return assign_clusters(loaded=loaded, as_of=timezone.now())


def assign_clusters(*, loaded: LoadedModel, as_of: datetime, hold: Hold = transaction.atomic) -> int:
    """Renew the cluster segments; the number of members assigned. Safe to repeat.

    A group keeps the segment of the earlier group that it shares most members with, so that what staff know
    by a name stays what it was. Segments without a group are emptied, and keep their history.
    """
    table = figure_table(as_of=as_of)
    labels = loaded.estimator.assign(table)
    traits = loaded.estimator.traits(table, labels)
    with hold():
        segments = list(Segment.objects.select_for_update().filter(key__startswith=PREFIX).order_by("pk"))
        kept = _segments_of_groups(segments, table.member_ids, labels, groups=loaded.estimator.k_)
        for group, traits_of_group in enumerate(traits):
            segment = kept.get(group) or _new_segment()
            _describe(segment, traits_of_group, version=loaded.version, group=group)
            _fill(segment, table.member_ids[labels == group].tolist(), as_of)
        for segment in segments:
            if segment.pk not in {one.pk for one in kept.values()}:
                Segment.objects.filter(pk=segment.pk).update(description=GONE)
                _fill(segment, [], as_of)
    return len(table)


def _segments_of_groups(
    segments: list[Segment], member_ids: Any, labels: Any, *, groups: int
) -> dict[int, Segment]:
    """Group → the segment that held most of its members until now."""
    import numpy as np
    from pyroaring import BitMap

    from membership.segments.ml.clusters import matched

    if not segments:
        return {}
    now = [BitMap(member_ids[labels == group].tolist()) for group in range(groups)]
    before = [members_now(segment=segment) for segment in segments]
    overlap = np.array([[len(old & new) for new in now] for old in before], dtype=np.int64)
    return {group: segments[row] for row, group in matched(overlap)}


def _fill(segment: Segment, member_ids: list[int], as_of: datetime) -> None:
    set_members(segment=segment, member_ids=member_ids, source=SegmentMembership.Source.MODEL, at=as_of)


def _new_segment() -> Segment:
    taken = set(Segment.objects.filter(key__startswith=PREFIX).values_list("key", flat=True))
    number = next(n for n in range(1, len(taken) + 2) if f"{PREFIX}{n}" not in taken)
    return Segment.objects.create(key=f"{PREFIX}{number}", name=ORDINARY, kind=Segment.Kind.MODEL)


def _describe(segment: Segment, traits: list[Trait], *, version: ModelVersion, group: int) -> None:
    """Name and description in words; the figures behind them, where they are a new model's, as a version."""
    words = [word_of(trait.figure, trait.effect) for trait in traits if abs(trait.effect) >= EFFECT]
    segment.name = (" · ".join(words[:2]) or ORDINARY)[:80]
    segment.description = " · ".join(words[:TRAITS_DESCRIBED]) or ORDINARY
    segment.save(update_fields=("name", "description", "updated_at"))
    rule = {
        "model": "clusters", "version": version.number, "group": group,
        "traits": [_rounded(trait) for trait in traits],
    }  # fmt: skip
    newest = segment.versions.order_by("-number").first()
    described = (newest.rule.get("version"), newest.rule.get("group")) if newest is not None else None
    if described == (version.number, group):
        return
    number = (segment.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
    SegmentVersion.objects.create(segment=segment, number=number, rule=rule)


def word_of(figure: str, effect: float) -> str:
    high, low = WORDS[figure]
    return high if effect > 0 else low


def _rounded(trait: Trait) -> dict[str, object]:
    return {
        "figure": trait.figure, "effect": round(trait.effect, 2), "median": round(trait.median, 2),
        "others": round(trait.others, 2),
    }  # fmt: skip
