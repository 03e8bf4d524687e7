"""Members, their tags, consents and points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db.models import Model, QuerySet

from importing.undoing.rows import free_contacts, put_back, remove_made
from importing.undoing.state import Undoing
from membership.loyalty.ledger import Kind, Why, movements
from membership.loyalty.returning import reverse_entry
from membership.members.consents import record_consent
from membership.members.figures import mark_dirty
from membership.models import Consent, Member, PointsEntry, PointsLot
from membership.models.transfers.import_undos import Changed
from registry.tables.one_of import OneOf

TAG_LINKS = Member.tags.through
SOURCE = "undo"


def remove_members(undoing: Undoing, ids: Sequence[int]) -> None:
    """Members that nobody else has written about; their consents and points by this import go with them."""
    own = [model._meta.label for model in (Consent, PointsEntry, PointsLot, TAG_LINKS)]
    remove_made(undoing, Member, ids, own=own, touched=_may_have_been_written_to)


def _may_have_been_written_to(undoing: Undoing, rows: Sequence[Model]) -> dict[int, str]:
    """Whoever was exported since may have been written to by a consent of this import, which is the proof."""
    if not undoing.members_were_exported:
        return {}
    granted = Consent.objects.filter(OneOf("member_id", [row.pk for row in rows]), granted=True)
    return dict.fromkeys(granted.values_list("member_id", flat=True), "exported")


def free_members_contacts(undoing: Undoing, changed: Mapping[int, Changed]) -> None:
    free_contacts(undoing, Member, changed)


def put_members_back(undoing: Undoing, changed: Mapping[int, Changed]) -> None:
    rows = put_back(undoing, Member, changed)
    mark_dirty(member_ids=[row.pk for row in rows], at=undoing.now)


def remove_tag_links(undoing: Undoing, ids: Sequence[int]) -> None:
    """Tags that the import put on members that were there before, not those of its own members that stay."""
    made = undoing.own_rows(Member._meta.label)
    links = TAG_LINKS.objects.filter(OneOf("id", ids))
    going = {pk: member_id for pk, member_id in links.values_list("pk", "member_id") if not made(member_id)}
    TAG_LINKS.objects.filter(OneOf("id", going)).delete()
    mark_dirty(member_ids=going.values(), at=undoing.now)
    undoing.gone[TAG_LINKS._meta.label] += len(going)


def withdraw_consents(undoing: Undoing, ids: Sequence[int]) -> None:
    """A grant is withdrawn by a new statement; a refusal stands: no program gives a consent back."""
    for consent in Consent.objects.filter(OneOf("id", ids)).select_related("member").order_by("id"):
        same = Consent.objects.filter(
            member=consent.member, purpose=consent.purpose, channel=consent.channel
        ).first()  # the newest
        if same != consent:
            undoing.keep(Consent._meta.label, consent.member.member_no, "newer_consent")
        elif not consent.granted:
            undoing.keep(Consent._meta.label, consent.member.member_no, "refusal_stands")
        else:
            record_consent(
                member=consent.member, purpose=consent.purpose, channel=consent.channel, granted=False,
                source=SOURCE, at=undoing.now,
            )  # fmt: skip
            undoing.gone[Consent._meta.label] += 1


def reverse_points(undoing: Undoing, ids: Sequence[int]) -> None:
    """Entries take back the import's; not where points moved since, nor of a member that stays as made."""
    made = undoing.own_rows(Member._meta.label)
    of_member: dict[int, list[PointsEntry]] = defaultdict(list)
    for entry in PointsEntry.objects.filter(OneOf("id", ids)).select_related("member", "lot").order_by("id"):
        if not made(entry.member_id):
            of_member[entry.member_id].append(entry)
    for member_id, entries in of_member.items():
        later = PointsEntry.objects.filter(member_id=member_id, pk__gte=entries[0].pk)
        if _live_entries(later) != entries:
            undoing.keep(PointsEntry._meta.label, entries[0].member.member_no, "points_moved")
            continue
        with movements(member=member_id, at=undoing.now) as ledger:
            for entry in reversed(entries):  # so that no lot falls below zero between
                reverse_entry(ledger=ledger, entry=entry, why=Why(Kind.IMPORTED, SOURCE))
        undoing.gone[PointsEntry._meta.label] += len(entries)


def _live_entries(entries: QuerySet[PointsEntry]) -> list[PointsEntry]:
    """Without those that an undo took back."""
    live: list[PointsEntry] = []
    for entry in entries.order_by("id"):
        if entry.reason == SOURCE and live and live[-1].points == -entry.points:
            live.pop()
        else:
            live.append(entry)
    return live
