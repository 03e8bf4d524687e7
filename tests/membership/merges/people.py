"""Members with a history, and all that the database says about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps

from membership.members.consents import record_consent
from membership.merges.merging import merge_members
from membership.merges.relations import Follows, merge_relations
from membership.models import Consent, Member, MemberFeatures, Merge
from tests.factories import NOON, MemberFactory

MAIL = ("marketing", "email")


def pair(**others: Any) -> tuple[Member, Member]:
    """(keep, other)"""
    keep = MemberFactory.create(
        member_no="KEEP", name="Ann Lee", email="ann@example.com", phone="+12125550101"
    )
    given = {"name": "A. Lee", "email": "lee@example.com", "phone": "+12125550102", **others}
    return keep, MemberFactory.create(member_no="OTHER", **given)


def merge(keep: Member, other: Member, **options: Any) -> Merge:
    """Merge them and read both again."""
    made = merge_members(keep=keep, other=other, **{"who": "boss", "at": NOON, **options})
    keep.refresh_from_db()
    other.refresh_from_db()
    return made


def say(member: Member, granted: bool | None, *, key: tuple[str, str] = MAIL, days: int = 0) -> None:
    """A statement on the consent ``key``; None: none."""
    if granted is not None:
        at = NOON + timedelta(days=days)
        record_consent(member=member, purpose=key[0], channel=key[1], granted=granted, source="test", at=at)


def allows(member: Member, key: tuple[str, str] = MAIL) -> bool | None:
    """What the newest statement says."""
    newest = Consent.objects.filter(member=member, purpose=key[0], channel=key[1]).first()
    return None if newest is None else newest.granted


def all_rows(*members: Member) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that names one of the members, with all its columns, and the members' own.

    Left out: marks of figures to renew, and when a member was last changed.
    """
    ids = [member.pk for member in members]
    rows: dict[str, list[dict[str, Any]]] = {
        "members": [dict(row) for row in Member.objects.filter(pk__in=ids).order_by("pk").values()]
    }
    for row in rows["members"]:
        del row["updated_at"]
    for relation in merge_relations():
        model = apps.get_model(relation.model)
        if model in (Merge, MemberFeatures, Member):
            continue
        key = f"{relation.model}.{relation.field}"
        found = model._base_manager.filter(**{f"{relation.field}__in": ids})
        rows[key] = list(found.order_by("pk").values())
    assert any(one.follows is Follows.MOVES for one in merge_relations())
    return rows
