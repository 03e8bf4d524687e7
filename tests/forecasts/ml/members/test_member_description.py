"""What a history says about a member whatever the model."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.members import member_description as describe
from forecasts.ml.members.purchase_history import REASONS, PurchaseHistory

TODAY = 1_000


def history(*orders: tuple[int, int], amounts=None, categories=None, members=None) -> PurchaseHistory:
    """(member, days ago) pairs."""
    ids, ago = zip(*orders, strict=True)
    money = np.full(len(ids), 10.0) if amounts is None else amounts
    return PurchaseHistory.from_orders(
        ids, (TODAY - np.array(ago)) * 86_400, money, as_of_day=TODAY, categories=categories, members=members
    )


def codes_of(purchases: PurchaseHistory, row: int = 0) -> dict[str, float]:
    codes, values = describe.reasons(purchases)
    return {
        REASONS[code]: float(value) for code, value in zip(codes[row], values[row], strict=True) if code >= 0
    }


def test_first_and_last_day_and_today_for_those_without_an_order() -> None:
    description = history((1, 9), (1, 3), members=[1, 2])

    assert describe.first_days(description).tolist() == [TODAY - 9, TODAY]
    assert describe.last_days(description).tolist() == [TODAY - 3, TODAY]


def test_means_are_pulled_towards_everybodys() -> None:
    description = history((1, 3), (2, 2), (2, 1), amounts=[10.0, 40.0, 40.0])

    assert describe.shrunken_means(description, description.amounts, prior=20.0).tolist() == [17.5, 28.0]
    assert describe.shrunken_means(description, description.amounts).tolist() == pytest.approx([25.0, 34.0])


def test_categories_bought_last_count_most() -> None:
    description = history((1, 30), (1, 20), (1, 10), categories=[7, 7, 9])

    rows, shares = describe.likely_categories(description)

    assert description.categories.ids[rows[0, :2]].tolist() == [7, 9]
    assert rows[0, 2] == -1
    assert shares[0, 0] + shares[0, 1] == pytest.approx(1.0)
    assert shares[0, 1] > 1 / 3


def test_a_member_without_categories_has_none() -> None:
    rows, shares = describe.likely_categories(history((1, 3)))

    assert (rows == -1).all()
    assert not shares.any()


@pytest.mark.parametrize(
    ("orders", "code"),
    [
        ([(1, 100), (1, 110), (1, 120)], "silence_versus_usual"),
        ([(1, 5)], "single_order"),
        ([(1, 10 * number) for number in range(1, 9)], "orders_versus_before"),
        ([(1, 300), (1, 310)], "days_silent"),
    ],
)
def test_the_strongest_reason_comes_first(orders, code) -> None:
    assert next(iter(codes_of(history(*orders)))) == code


def test_somebody_who_never_bought_has_that_reason_alone() -> None:
    assert codes_of(history((1, 3), members=[1, 2]), row=1) == {"never_bought": 0.0}


def test_shrinking_baskets_are_described_by_their_share_of_the_usual() -> None:
    orders = [(1, 7 * week) for week in range(8, 0, -1)]
    amounts = [100.0] * 5 + [10.0] * 3

    assert codes_of(history(*orders, amounts=amounts))["basket_shrinking"] == pytest.approx(
        10 / 66.25, abs=0.01
    )


def test_every_code_has_words() -> None:
    from forecasts.services.reading import REASONS as WORDS

    assert set(WORDS) == set(REASONS)
