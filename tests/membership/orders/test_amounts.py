"""Amounts spread over lines come to exactly what was spread."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.orders.amounts import coin_of, order_sums, part, spread

COINS = st.sampled_from([Decimal(1), Decimal("0.01"), Decimal("0.001")])
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any)


@given(WEIGHTS, st.integers(0, 10**6), COINS)
def test_shares_are_whole_coins_that_add_up_and_none_is_above_its_line(weights, per_mille, coin) -> None:
    over = [weight * coin for weight in weights]
    amount = (sum(weights) * min(per_mille, 1_000) // 1_000) * coin

    shares = spread(amount, over=over, coin=coin)

    assert sum(shares) == amount
    assert all(share % coin == 0 and 0 <= share <= line for share, line in zip(shares, over, strict=True))


@given(WEIGHTS, st.integers(0, 10**6), COINS)
def test_no_share_is_a_coin_away_from_its_proportion(weights, coins, coin) -> None:
    amount, total = coins * coin, sum(weights)

    shares = spread(amount, over=[weight * coin for weight in weights], coin=coin)

    assert all(
        abs(share * total - amount * weight) < coin * total
        for share, weight in zip(shares, weights, strict=True)
    )


def test_of_equal_remainders_the_earlier_lines_take_the_coins() -> None:
    assert spread(Decimal("0.05"), over=[Decimal(1)] * 3, coin=Decimal("0.01")) == [
        Decimal("0.02"),
        Decimal("0.02"),
        Decimal("0.01"),
    ]


def test_what_cannot_be_spread_is_refused() -> None:
    with pytest.raises(ValueError, match="whole coins"):
        spread(Decimal("0.005"), over=[Decimal(1)], coin=Decimal("0.01"))
    with pytest.raises(ValueError, match="no line"):
        spread(Decimal(1), over=[Decimal(0)], coin=Decimal(1))


@given(st.integers(0, 10**7), st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_pieces_given_back_one_after_the_other_come_to_all_that_was_paid(cents, pieces) -> None:
    coin, left, units = Decimal("0.01"), cents * Decimal("0.01"), sum(pieces)
    returned = []
    for piece in pieces:
        returned.append(part(left, units=piece, of=units, coin=coin))
        left, units = left - returned[-1], units - piece
    assert left == 0
    assert all(amount >= 0 for amount in returned)


@pytest.mark.parametrize(
    ("currency", "amounts", "coin"),
    [
        ("USD", ["1.25"], "0.01"),
        ("JPY", ["900"], "1"),
        ("KWD", ["0.005"], "0.001"),
        ("JPY", ["1.5"], "0.001"),
    ],
)
def test_the_coin_is_the_currencys_unless_an_amount_is_finer(currency, amounts, coin) -> None:
    assert coin_of(currency, map(Decimal, amounts)) == Decimal(coin)


@dataclass
class Line:
    gross: Decimal
    discount: Decimal
    refunded: Decimal


def test_a_return_without_an_order_takes_off_what_it_gave_back() -> None:
    sums = order_sums([Line(Decimal(0), Decimal(1), Decimal(4))])

    assert sums.is_return
    assert [sums.subtotal, sums.discount, sums.total] == [0, 0, -4]
