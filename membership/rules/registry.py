"""Where apps register the member fields that segment rules may use.

An app calls ``register_field`` in its ``AppConfig.ready()``. A field is a query of (member, value) rows,
which the compiler narrows and turns into a set of members; no app sees rule text, and none reaches SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

Rows = QuerySet[Any, Any]


class FieldType(StrEnum):
    """What can be asked of a field: see ``membership.rules.checking.OPERATORS_OF``."""

    TEXT = "text"
    CHOICE = "choice"
    WORDS = "words"  # several a member, such as tags
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DAY = "day"
    MOMENT = "moment"
    YEARLY = "yearly"  # a day that comes round every year


class Pii(StrEnum):
    """How closely a value points at a person."""

    NONE = "none"
    PERSONAL = "personal"
    IDENTIFYING = "identifying"


@dataclass(frozen=True)
class SegmentField:
    """One field that a rule may use.

    ``rows(as_of)`` answers a query with the columns ``member_id`` and ``value``, one row a member (several
    for WORDS), without order. A member without a row, or whose value is NULL, is unknown, unless ``missing``
    says what the value of such a member is. ``choices()`` are the values there are, with their labels.
    ``clean`` makes the stored form of a text that staff wrote; it raises ValueError with what is right.
    ``kind`` is set where the values are ids of rows that have names, such as tags (see ``nodes.Ref``).
    ``moves_at(as_of)`` is when time alone next changes somebody's value (points expire), None if never.
    The caller needs ``permission`` (staff) or ``scope`` (API keys).
    """

    name: str
    title: object  # str or a lazy translation
    type: FieldType
    rows: Callable[[datetime], Rows]
    unit: object = ""
    choices: Callable[[], Sequence[tuple[str, object]]] | None = None
    pii: Pii = Pii.NONE
    permission: str = "membership.view_member"
    scope: str = "members:read"
    kind: str = ""
    missing: int | None = None
    decimals: int = 3
    clean: Callable[[str], str] | None = None
    moves_at: Callable[[datetime], datetime | None] | None = None


_fields: dict[str, SegmentField] = {}


def register_field(field: SegmentField) -> None:
    _fields[field.name] = field


def segment_fields() -> dict[str, SegmentField]:
    """All registered fields by name, in the order of their names."""
    return dict(sorted(_fields.items()))


def find_field(name: str) -> SegmentField | None:
    return _fields.get(name)
