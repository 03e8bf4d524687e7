"""Who is in a segment now, as a roaring bitmap: half a million members in a hundred kilobytes.

A bitmap is written in the transaction that changes the stays, while the segment is locked, so it says what
the stays say. Comparing two takes well under a millisecond, which overlaps and refreshes depend on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from django.utils.translation import gettext as _
from pyroaring import BitMap

from membership.errors import Rejected
from membership.models import Segment, SegmentMembership, SegmentSnapshot

MOST_COMPARED = 10


@dataclass(frozen=True)
class Pair:
    """Two segments: how many members are in both, and what share of those in either that is."""

    first: Segment
    second: Segment
    both: int
    jaccard: float


@dataclass(frozen=True)
class Overlap:
    """``sizes`` stand in the order of ``segments``."""

    segments: list[Segment]
    sizes: list[int]
    pairs: list[Pair]
    in_all: int
    in_any: int


def members_now(*, segment: Segment) -> BitMap:
    """The ids of the segment's members: from its bitmap, or from its stays where it has none yet."""
    stored = SegmentSnapshot.objects.filter(segment=segment).values_list("bitmap", flat=True).first()
    return members_by_stays(segment=segment) if stored is None else BitMap.deserialize(bytes(stored))


def members_by_stays(*, segment: Segment) -> BitMap:
    stays = SegmentMembership.objects.current().filter(segment=segment).order_by()
    return BitMap(stays.values_list("member_id", flat=True))


def store(*, segment: Segment, members: BitMap, at: datetime) -> None:
    """Keep ``members`` as the segment's bitmap. Call while the segment is locked."""
    members.run_optimize()
    fields = {"count": len(members), "bitmap": members.serialize(), "taken_at": at}
    SegmentSnapshot.objects.update_or_create(segment=segment, defaults=fields)


def overlap(*, segments: Sequence[Segment]) -> Overlap:
    """How far 2 to 10 segments share their members. Raises Rejected on another number."""
    if not 2 <= len(segments) <= MOST_COMPARED:
        raise Rejected(_("Name 2 to %d different segments.") % MOST_COMPARED)
    stored = dict(SegmentSnapshot.objects.filter(segment__in=segments).values_list("segment_id", "bitmap"))
    bitmaps = [
        BitMap.deserialize(bytes(stored[one.pk])) if one.pk in stored else members_by_stays(segment=one)
        for one in segments
    ]
    pairs = [
        Pair(one, other, here.intersection_cardinality(there), here.jaccard_index(there))
        for (one, here), (other, there) in combinations(zip(segments, bitmaps, strict=True), 2)
    ]
    sizes = [len(bitmap) for bitmap in bitmaps]
    in_all, in_any = len(BitMap.intersection(*bitmaps)), len(BitMap.union(*bitmaps))
    return Overlap(list(segments), sizes, pairs, in_all, in_any)
