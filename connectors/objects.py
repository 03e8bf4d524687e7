"""What a message or a page of an API says, in one form for all systems: rows as the system's export has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

Json: TypeAlias = Mapping[str, object]
Record: TypeAlias = dict[str, str]
"""Heading of the system's export -> text."""


class BadMessage(Exception):
    """The message lacks what it must have; the text says what."""


class Missing(Exception):
    """Something that this message refers to is not here yet."""

    def __init__(self, kind: str, source_id: str) -> None:
        super().__init__(f"{kind} {source_id}")
        self.kind, self.source_id = kind, source_id


@dataclass(frozen=True)
class TheirCustomer:
    source_id: str
    changed_at: datetime | None
    number: str
    number_heading: str
    record: Record
    consent_at: datetime | None = None
    consent_headings: Mapping[str, str] = field(default_factory=dict)  # heading -> channel

    @property
    def email(self) -> str:
        return next((self.record[name] for name in ("Email", "email") if self.record.get(name)), "").lower()


@dataclass(frozen=True)
class TheirRefund:
    """What was paid back at once, tax and shipping included, as in exports, which do not tell them apart."""

    refund_id: str
    order_id: str
    paid: Decimal


@dataclass(frozen=True)
class TheirOrder:
    source_id: str
    changed_at: datetime | None
    number: str
    number_heading: str
    records: Sequence[Record]
    total: Decimal
    refunds: Sequence[TheirRefund] = ()
    refunds_are_all: bool = False  # none comes by itself, and one that is not named was taken back
    refunded_heading: str = ""
    status_heading: str = ""
    product_ids: Sequence[str] = ()  # of the lines, "" where a line has none
    sku_heading: str = ""
    customer: TheirCustomer | None = None
    customer_id: str = ""
    place_id: str = ""
    place_heading: str = ""


@dataclass(frozen=True)
class TheirProduct:
    """``parent_id`` names the product that this one is a variant of, in systems that send variants alone."""

    source_id: str
    changed_at: datetime | None
    records: Sequence[Record]
    parent_id: str = ""
    stock_ids: Sequence[str] = ()  # what the shop's stock calls each of the records, "" where it does not
    stock_heading: str = ""


@dataclass(frozen=True)
class TheirStock:
    """Units of one item by place; ``is_whole``: in all places."""

    item_id: str
    changed_at: datetime
    levels: Mapping[str, int]
    is_whole: bool = False


@dataclass(frozen=True)
class TheirPlace:
    source_id: str
    name: str


@dataclass(frozen=True)
class Deleted:
    kind: str  # of SourceObject.Kind
    source_id: str


@dataclass(frozen=True)
class ForStaff:
    """Something that a person must do; ``text`` says what."""

    text: str


@dataclass(frozen=True)
class Nothing:
    text: str = ""


@dataclass(frozen=True)
class Unreadable:
    """One object of many that lacks what it must have; ``field`` says what."""

    field: str


Item: TypeAlias = (
    TheirCustomer
    | TheirRefund
    | TheirOrder
    | TheirProduct
    | TheirPlace
    | TheirStock
    | Deleted
    | ForStaff
    | Nothing
    | Unreadable
)


def item_of(read: Callable[[Json], Item], data: Json) -> Item:
    """What ``read`` makes of one object of a page, whose others do not suffer if it cannot be read."""
    try:
        return read(data)
    except BadMessage as error:
        return Unreadable(str(error))


# --- reading JSON that others write ----------------------------------------------------------------------


def text(data: Json, name: str) -> str:
    """A value as text; "" where there is none."""
    value = data.get(name)
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("\x00", "").strip()


def part(data: Json, name: str) -> Json:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def parts(data: Json, name: str) -> list[Json]:
    value = data.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


MOST_DIGITS = 20
"""Before or after the point of a number."""


def number(data: Json, name: str) -> Decimal:
    """An amount; 0 where there is none. Raises BadMessage, also on numbers that no order can hold.

    A whole number made of "1e99999999" would take minutes and hundreds of megabytes.
    """
    value = text(data, name)
    try:
        amount = Decimal(value) if value else Decimal(0)
    except InvalidOperation:
        raise BadMessage(f"{name}: {value[:40]}") from None
    if not amount.is_finite() or (amount and abs(amount.adjusted()) > MOST_DIGITS):
        raise BadMessage(f"{name}: {value[:40]}")
    return amount


def moment(data: Json, name: str) -> datetime | None:
    """A moment as ISO 8601, in UTC where it has no offset; None where there is none or another text."""
    value = text(data, name)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def required(data: Json, name: str) -> str:
    """Raises BadMessage."""
    if not (value := text(data, name)):
        raise BadMessage(name)
    return value
