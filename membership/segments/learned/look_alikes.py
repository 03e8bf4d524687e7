"""Segments of members who are like those of another segment."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.estimator import ModelFitError
from learning.json_types import JsonObject
from learning.rounding import rounded
from membership.errors import Conflict, rejected
from membership.models import Segment, SegmentMembership, SegmentVersion
from membership.segments.bitmaps import members_now
from membership.segments.by_hand import new_segment
from membership.segments.figures import figure_table
from membership.segments.stays import set_members
from registry.services import NoLiveModel, load_live

if TYPE_CHECKING:
    import numpy as np
    from django.contrib.auth.models import User
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)
PREFIX = "like-"
SEED = 7_119
MOST = 1_000_000
WAIT = timedelta(minutes=5)
"""Longer than the search takes: a segment that is empty then is looked for again."""
ABOUT = gettext_noop("Members who are like those of another segment, and are not in it")


def request_look_alikes(*, segment: Segment, size: int, name: str, user: User | None) -> Segment:
    """A new, still empty segment for ``size`` members like those of ``segment``; a worker fills it.

    Raises Rejected on a size that cannot be, Conflict where the segment is empty or the key is taken.
    """
    if not 1 <= size <= MOST:
        raise rejected("size", _("Say how many members, from 1 to %d.") % MOST)
    if not name.strip():
        raise rejected("name", _("Give the new segment a name."))
    if not members_now(segment=segment):
        raise Conflict(_("Segment %s is empty, so there is nobody to compare with.") % segment.name)
    with transaction.atomic():
        draft = {"name": name.strip()[:80], "key": _free_key(segment), "description": ABOUT}
        made = new_segment(draft=draft, kind=Segment.Kind.MODEL)
        rule = {"model": "look_alikes", "of": segment.key, "size": size}
        SegmentVersion.objects.create(segment=made, number=1, rule=rule, created_by=user)
    return made


def _free_key(segment: Segment) -> str:
    base = f"{PREFIX}{segment.key}"[:55]
    taken = set(Segment.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)


def fill_look_alikes(*, segment: Segment) -> int:
    """Recompute the members of a look-alike segment; how many. Raises Conflict where that cannot be done."""
    import numpy as np

    from membership.segments.ml.look_alikes import find_look_alikes

    settings = _settings_of(segment)
    source = Segment.objects.filter(key=settings["of"]).first()
    if source is None:
        raise Conflict(_("The segment %s is gone.") % settings["of"])
    as_of = timezone.now()
    table = figure_table(as_of=as_of)
    seeds = members_now(segment=source)
    inside = np.isin(table.member_ids, np.array(seeds, dtype=np.int64))
    columns = {"figures": np.log1p(table.values), **_vectors(table.member_ids)}
    try:
        result = find_look_alikes(columns, inside, rng=np.random.default_rng(SEED))
    except ModelFitError as error:
        raise Conflict(_("Look-alikes cannot be found: %s.") % error) from None
    likeness = np.where(inside, -np.inf, rounded(result.scores))
    best = np.argsort(-likeness, kind="stable")[: min(settings["size"], int((~inside).sum()))]
    with transaction.atomic():
        _note(segment, settings, result, members=int(inside.sum()))
        ids = table.member_ids[best].tolist()
        set_members(segment=segment, member_ids=ids, source=SegmentMembership.Source.MODEL, at=as_of)
    return len(best)


def _settings_of(segment: Segment) -> JsonObject:
    newest = segment.versions.order_by("-number").first()
    if newest is None or newest.rule.get("model") != "look_alikes":
        raise Conflict(_("Segment %s is not made of look-alikes.") % segment.name)
    return dict(newest.rule)


def _vectors(member_ids: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """The members' vectors of the live recommender, zeros for those it does not know; {} without one."""
    import numpy as np

    try:
        model = load_live("recommendations").estimator
    except NoLiveModel:
        return {}
    for one in (model, *getattr(model, "components_", {}).values()):  # a blend has a factorisation inside
        vectors, members = getattr(one, "member_vectors_", None), getattr(one, "members_", None)
        if vectors is not None and members is not None:
            known = np.asarray(members.ids)
            at = np.searchsorted(known, member_ids).clip(max=max(len(known) - 1, 0))
            is_known = known[at] == member_ids
            vectors_of_members = np.where(is_known[:, None], vectors[at], 0.0).astype(np.float64)
            return {"vectors": vectors_of_members}
    logger.info("the live recommender has no vectors of members")
    return {}


def _note(segment: Segment, settings: JsonObject, result: Any, *, members: int) -> None:
    """A version that says how well the members are told apart, with the asker of the first."""
    first = segment.versions.order_by("number").first()
    number = (segment.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
    rule = {
        "model": "look_alikes", "of": settings["of"], "size": settings["size"], "learnt_from": members,
        "chosen": result.chosen, "auc": {name: round(value, 3) for name, value in result.auc.items()},
    }  # fmt: skip
    created_by = first.created_by if first is not None else None
    SegmentVersion.objects.create(segment=segment, number=number, rule=rule, created_by=created_by)


def waiting_look_alikes() -> list[Segment]:
    """Segments that a worker should have filled or given up on by now: their message was lost."""
    old = timezone.now() - WAIT
    segments = Segment.objects.filter(
        kind=Segment.Kind.MODEL, key__startswith=PREFIX, refreshed_at=None, created_at__lt=old
    )
    return list(segments.filter(versions__rule__model="look_alikes").distinct())


def give_up(*, segment: Segment, reason: str) -> None:
    """Say on the segment why it stays empty."""
    Segment.objects.filter(pk=segment.pk).update(description=reason, refreshed_at=timezone.now())
