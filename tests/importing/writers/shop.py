"""A random shop, and what a format is: how it writes that shop's orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

BUYERS = (
    ("ana@example.com", "Ana", "Lima"),
    ("bo@example.com", "Bo", "Ek"),
    ("cy@example.com", "Cy", "Ott"),
)
FIRST_DAY = datetime.fromisoformat("2026-03-01T17:00:00")
Row = dict[str, str]


@dataclass(frozen=True)
class Line:
    sku: str
    quantity: int
    cents: int  # of one unit

    @property
    def gross(self) -> int:
        return self.quantity * self.cents


@dataclass(frozen=True)
class Sale:
    """One order. ``percent`` is off all of its products; 5.00 of shipping are no product sales."""

    number: int
    buyer: tuple[str, str, str]
    lines: tuple[Line, ...]
    percent: int
    state: str  # paid, cancelled, refunded

    @property
    def placed(self) -> datetime:
        return FIRST_DAY + timedelta(days=self.number % 25, seconds=self.number)

    @property
    def gross(self) -> int:
        return sum(line.gross for line in self.lines)

    @property
    def discount(self) -> int:
        return self.gross * self.percent // 100

    @property
    def net(self) -> int:
        return self.gross - self.discount

    def discounts(self) -> list[int]:
        """The discount, a line; the last has what rounding leaves."""
        parts = [line.gross * self.percent // 100 for line in self.lines]
        for at in range(self.discount - sum(parts)):
            parts[at % len(parts)] += 1
        return parts


SHIPPING = 500
LINE = st.builds(Line, st.sampled_from(["TEE", "MUG", "CAP"]), st.integers(1, 4), st.integers(1, 9999))


@st.composite
def shops(draw: st.DrawFn) -> list[Sale]:
    count = draw(st.integers(1, 6))
    return [
        Sale(
            number=1000 + number,
            buyer=draw(st.sampled_from(BUYERS)),
            lines=tuple(draw(st.lists(LINE, min_size=1, max_size=4, unique_by=lambda line: line.sku))),
            percent=draw(st.integers(0, 90)),
            state=draw(st.sampled_from(["paid", "paid", "refunded", "cancelled"])),
        )
        for number in range(count)
    ]


def money(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


@dataclass(frozen=True)
class Format:
    """How a system writes orders. ``words`` has the states that it knows; others are sold as paid."""

    rows: Callable[[list[Sale], Mapping[str, str]], list[Row]]
    words: Mapping[str, str] = field(default_factory=dict)
    status: str = "paid"  # ours, of what was paid
    shuffles: bool = True
    buyers: str = "email"  # or what the member number is: "nick", "id", "name", "nobody"
    others: Callable[[list[Sale], Mapping[str, str]], list[Row]] | None = None  # a file to join
    delimiter: str = ","
    encoding: str = "utf-8"
    has_time: bool = True
    has_lines: bool = True
    currency: str = "USD"

    def known(self, shop: list[Sale]) -> list[Sale]:
        """The shop as this format can tell it."""
        return [
            sale
            if sale.state in self.words
            else Sale(sale.number, sale.buyer, sale.lines, sale.percent, "paid")
            for sale in shop
        ]
