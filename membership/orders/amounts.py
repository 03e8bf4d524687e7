"""What an order comes to: the one place where its amounts are added up, and where an amount is spread over
its lines.

All amounts are Decimal, in the order's own currency. ``coin`` is the smallest amount that is spread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from membership.cleaning.words import MINOR_DIGITS

ZERO = Decimal(0)
FINEST = Decimal("0.001")
"""What the database's amounts hold."""


class LineAmounts(Protocol):
    """One line: before discounts, its discount, and what was given back of it."""

    @property
    def gross(self) -> Decimal: ...
    @property
    def discount(self) -> Decimal: ...
    @property
    def refunded(self) -> Decimal: ...


@dataclass(frozen=True)
class Sums:
    """What the products of an order come to. ``is_return``: it only takes back what no order of ours sold."""

    subtotal: Decimal
    discount: Decimal
    refunded: Decimal
    is_return: bool

    @property
    def total(self) -> Decimal:
        return self.subtotal - self.discount - self.refunded


def order_sums(lines: Sequence[LineAmounts]) -> Sums:
    """Added up from the lines; the discount of a line without a gross belongs to a return and is left out."""
    return Sums(
        subtotal=sum((line.gross for line in lines), ZERO),
        discount=sum((line.discount for line in lines if line.gross), ZERO),
        refunded=sum((line.refunded for line in lines), ZERO),
        is_return=all(line.gross == 0 for line in lines) and any(line.refunded for line in lines),
    )


def coin_of(currency: str, amounts: Iterable[Decimal] = ()) -> Decimal:
    """The currency's smallest unit; a thousandth where one of ``amounts`` is finer than that."""
    coin = Decimal(1).scaleb(-MINOR_DIGITS.get(currency, 2))
    return coin if all(amount % coin == 0 for amount in amounts) else FINEST


def spread(amount: Decimal, *, over: Sequence[Decimal], coin: Decimal) -> list[Decimal]:
    """``amount`` in shares proportional to ``over``, each in whole coins, which add up to it exactly.

    By largest remainders; of equal ones the earlier line takes the coin. No share is above its line as long
    as ``amount`` is not above the sum of ``over``, all of them whole coins. Raises ValueError where there is
    something to spread and nothing to spread it over.
    """
    coins = int(amount / coin)
    if coins * coin != amount:
        raise ValueError(f"{amount} is not in whole coins of {coin}")
    weights = [int(weight / FINEST) for weight in over]
    total = sum(weights)
    if not coins:
        return [ZERO for _weight in weights]
    if total <= 0:
        raise ValueError("there is no line to spread the amount over")
    shares = [divmod(coins * weight, total) for weight in weights]
    left = coins - sum(whole for whole, _rest in shares)
    by_rest = sorted(range(len(shares)), key=lambda row: (-shares[row][1], row))
    extra = set(by_rest[:left])
    return [(whole + (row in extra)) * coin for row, (whole, _rest) in enumerate(shares)]


def part(left: Decimal, *, units: int, of: int, coin: Decimal) -> Decimal:
    """What ``units`` of the ``of`` that are left cost together, of ``left``; all of it for the last one."""
    if units >= of:
        return left
    return spread(left, over=[Decimal(units), Decimal(of - units)], coin=coin)[0]
