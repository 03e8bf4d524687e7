from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.repeat.features import (
    HABIT_NAMES,
    HORIZON_DAYS,
    MEMBER_NAMES,
    NAMES,
    PRODUCT_NAMES,
    HabitTable,
    again_rates,
    member_table,
    product_table,
    usual_gaps,
)
from recommendations.ml.repeat.log import PurchaseLog

NO_KINDS = np.full(5, -1)


def log_of(*rows: tuple[int, int, int]) -> PurchaseLog:
    """Rows of (member, product, day)."""
    members, products, days = np.array(rows).T
    return PurchaseLog.of(Interactions.from_ids(members, products, days * SECONDS_PER_DAY))


def of_member(log: PurchaseLog, row: int) -> dict[str, float]:
    return dict(zip(MEMBER_NAMES, member_table(log)[row].tolist(), strict=True))


def of_product(log: PurchaseLog, row: int) -> dict[str, float]:
    table = product_table(log, NO_KINDS[: log.n_products])
    return dict(zip(PRODUCT_NAMES, table[row].tolist(), strict=True))


def of_pair(log: PurchaseLog, member: int, product: int) -> dict[str, float]:
    table = HabitTable.of(log, np.full(log.n_products, 20.0, dtype=np.float32))
    values = table.of_pairs(np.array([member]), np.array([product]))[0]
    return dict(zip(HABIT_NAMES, values.tolist(), strict=True))


def test_names_are_distinct_and_match_the_tables():
    log = log_of((1, 5, 0), (1, 6, 4))

    assert len(set(NAMES)) == len(NAMES)
    assert product_table(log, NO_KINDS[:2]).shape == (2, len(PRODUCT_NAMES))
    assert member_table(log).shape == (1, len(MEMBER_NAMES))


def test_repeats_are_lines_that_were_bought_before():
    features = of_member(log_of((1, 5, 0), (1, 6, 0), (1, 5, 10), (1, 7, 10)), 0)

    assert (features["orders"], features["distinct"]) == (2, 3)
    assert features["repeat_share"] == pytest.approx(1 / 4)
    assert features["recent_repeat_share"] == pytest.approx(1 / 4)


def test_an_order_is_due_as_its_gap_passes():
    features = of_member(log_of((1, 5, 0), (1, 5, 10), (2, 6, 29)), 0)

    assert features["order_gap"] == 10
    assert features["order_idle_days"] == 20
    assert features["order_due"] == pytest.approx(2)


def test_a_product_knows_when_it_was_first_and_last_sold():
    features = of_product(log_of((1, 5, 0), (2, 5, 6), (3, 6, 9)), 0)

    assert np.exp(features["buyers"]) == pytest.approx(3)  # log(1 + 2)
    assert (features["known_days"], features["idle_days"]) == (10, 4)


def test_sales_fade_and_a_rising_product_has_a_positive_trend():
    rows = [(member, 5, 0) for member in range(8)] + [(member, 6, 119) for member in range(8)]
    log = log_of(*rows)
    old, new = of_product(log, 0), of_product(log, 1)

    assert np.expm1(new["sold_28d"]) == pytest.approx(8 * 2 ** (-1 / 28), rel=1e-4)
    assert new["trend_14_120"] > 0 > old["trend_14_120"]


def test_shares_of_a_pair_are_among_its_member():
    log = log_of((1, 5, 0), (1, 5, 9), (1, 6, 9), (2, 6, 9))
    five, six = of_pair(log, 0, 0), of_pair(log, 0, 1)

    assert five["own_share"] + six["own_share"] == pytest.approx(1, rel=1e-5)
    assert (five["own_rank"], six["own_rank"]) == (1, 2)
    assert of_pair(log, 1, 1)["own_share"] == pytest.approx(1)


def test_due_by_own_gap_and_by_the_usual_one():
    features = of_pair(log_of((1, 5, 0), (1, 5, 8), (2, 6, 23)), 0, 0)

    assert (features["own_gap"], features["last_days"]) == (8, 16)
    assert features["due_own"] == pytest.approx(2)
    assert features["due_usual"] == pytest.approx(16 / 20)
    assert features["due_shrunk"] == pytest.approx(16 / ((8 + 2 * 20) / 3))


def test_how_often_a_product_comes_back_in_the_next_order():
    """Product 5 comes back in one of two next orders; 6 in none of one: both shrunk to the shop's 1 in 3."""
    rates = again_rates(log_of((1, 5, 0), (1, 6, 0), (1, 5, 1), (1, 7, 2)))

    assert rates[0] == pytest.approx((1 + 20 / 3) / 22)
    assert rates[1] == pytest.approx((0 + 20 / 3) / 21)
    assert rates[2] == pytest.approx(1 / 3)  # bought in the newest order: nothing is known yet


def test_without_a_repeat_the_usual_gap_is_the_horizon():
    assert usual_gaps(log_of((1, 5, 0), (2, 6, 3))).tolist() == pytest.approx([HORIZON_DAYS] * 2)


def test_the_usual_gap_is_the_shrunk_geometric_mean():
    log = log_of((1, 5, 0), (1, 5, 4), (2, 5, 0), (2, 5, 16), (3, 6, 0), (3, 6, 8))
    mean = np.log([4, 16, 8]).mean()
    expected = [np.exp((np.log(4 * 16) + 5 * mean) / 7), np.exp((np.log(8) + 5 * mean) / 6)]

    np.testing.assert_allclose(usual_gaps(log), expected, rtol=1e-5)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 40)), min_size=1, max_size=20),
    st.integers(1, 300),
)
def test_features_do_not_depend_on_the_calendar(rows: list[tuple[int, int, int]], shift: int):
    log, later = log_of(*rows), log_of(*((m, p, day + shift) for m, p, day in rows))
    kinds = NO_KINDS[: log.n_products]

    np.testing.assert_array_equal(product_table(log, kinds), product_table(later, kinds))
    np.testing.assert_array_equal(member_table(log), member_table(later))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 40)), min_size=1, max_size=20))
def test_members_who_bought_are_fully_described(rows: list[tuple[int, int, int]]):
    table = member_table(log_of(*rows))
    always = [MEMBER_NAMES.index(name) for name in ("orders", "distinct", "repeat_share", "order_idle_days")]

    assert np.isfinite(table[:, always]).all()
    assert (table[:, MEMBER_NAMES.index("repeat_share")] < 1).all()  # the first purchase repeats nothing
