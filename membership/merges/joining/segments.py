"""The merged member leaves the segments; where staff had put it in by hand, the one who is kept enters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pyroaring import BitMap

from membership.merges.rows import Change, change_row, note_made, noted
from membership.models import Merge, Segment, SegmentMembership
from membership.segments.bitmaps import members_now, store

Stay = SegmentMembership


def leave_segments(*, merge: Merge, at: datetime) -> None:
    """End the other member's stays. Segments kept by a rule or a model look at the one who is kept anew."""
    stays = Stay.objects.current().filter(member_id=merge.other_id).select_related("segment")
    for stay in stays.order_by("segment_id"):
        segment = _locked(stay.segment_id)
        change_row(merge=merge, row=stay, exited_at=max(at, stay.entered_at))
        entering = []
        if segment.kind == Segment.Kind.MANUAL and not _is_in(segment, merge.kept_id):
            source = Stay.Source.MANUAL
            made = Stay.objects.create(segment=segment, member_id=merge.kept_id, source=source, entered_at=at)
            note_made(merge=merge, row=made)
            entering = [merge.kept_id]
        _change(segment, leaving=[merge.other_id], entering=entering, at=at)


def return_to_segments(*, merge: Merge, at: datetime) -> None:
    """The stays go on as if they had not ended, and those that the merge began go away."""
    for row in noted(merge=merge, model=Stay, change=Change.MADE):
        stay = Stay.objects.filter(pk=row.row_id).first()
        if stay is not None:
            segment = _locked(stay.segment_id)
            stay.delete()
            _change(segment, leaving=[merge.kept_id], entering=[], at=at)
    for row in noted(merge=merge, model=Stay, change=Change.CHANGED):
        stay = Stay.objects.filter(pk=row.row_id).first()
        if stay is not None and not _is_in(stay.segment, merge.other_id):
            segment = _locked(stay.segment_id)
            Stay.objects.filter(pk=stay.pk).update(exited_at=None)
            _change(segment, leaving=[], entering=[merge.other_id], at=at)


def _locked(segment_id: int) -> Segment:
    return Segment.objects.select_for_update().get(pk=segment_id)


def _is_in(segment: Segment, member_id: int) -> bool:
    return Stay.objects.current().filter(segment=segment, member_id=member_id).exists()


def _change(segment: Segment, *, leaving: Iterable[int], entering: Iterable[int], at: datetime) -> None:
    """Bitmap and count say what the stays say; rules that refer to the segment look again."""
    members = (members_now(segment=segment) | BitMap(entering)) - BitMap(leaving)
    store(segment=segment, members=members, at=at)
    Segment.objects.filter(pk=segment.pk).update(member_count=len(members))
    if segment.kind == Segment.Kind.MANUAL:
        Segment.objects.filter(pk=segment.pk).update(due_at=at)
