"""Members for the tests of duplicates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from membership.models import DuplicateCandidate, Member
from tests.factories import MemberFactory

BORN = date(1980, 3, 4)
AT = datetime(2026, 3, 2, tzinfo=UTC)
REASONS = [{"code": "same_name", "weight": 9.5}, {"code": "other_email", "weight": -0.9}]


def twice(**values: Any) -> tuple[Member, Member]:
    """The same person under two numbers."""
    same: dict[str, Any] = {"name": "Ann Leitner", "birth_date": BORN, "phone": None} | values
    return MemberFactory(**same, email="ann.leitner@web.de"), MemberFactory(**same, email="aleitner@gmx.de")


def candidate(**values: Any) -> DuplicateCandidate:
    """A stored pair of two new members; ``high`` alone cannot be given, since its id is the larger one."""
    low = values.pop("low", None) or MemberFactory()
    high = values.pop("high", None) or MemberFactory()
    known = {"probability": 0.97, "reasons": REASONS, "facts": "f", "found_at": AT} | values
    return DuplicateCandidate.objects.create(low=low, high=high, **known)
