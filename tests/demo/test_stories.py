"""Stories of fraud, and of genuine orders that look like it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from demo.stories import LARGEST_CENTS, PLANS, Purchase, Scene, fresh

USUAL = Purchase(
    household=7, placed=1_000_000, store=1, channel="web", method="card", instrument=11, device=22,
    ip=100 << 24, billing="US", shipping="US", address=33,
)  # fmt: skip


def purchases_of(name: str, seed: int) -> list[Purchase]:
    scene = Scene(usual=USUAL, start=2_000_000, mean_cents=4_000)
    return PLANS[name].story(scene, np.random.default_rng(seed))


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("seed", range(5))
def test_a_story_is_orders_of_one_member_one_after_the_other(name, seed) -> None:
    orders = purchases_of(name, seed)

    assert {order.household for order in orders} == {7}
    assert all(before.placed < after.placed for before, after in pairwise(orders))
    assert all(order.placed >= 2_000_000 for order in orders)
    assert all(0 < order.cents <= LARGEST_CENTS for order in orders)
    assert all(0 <= order.discount_share < 1 for order in orders)


@pytest.mark.parametrize("name", PLANS)
def test_a_story_is_about_as_long_as_its_plan_says(name) -> None:
    lengths = [len(purchases_of(name, seed)) for seed in range(60)]

    assert np.mean(lengths) == pytest.approx(PLANS[name].mean_length, rel=0.35)


@pytest.mark.parametrize("name", PLANS)
def test_the_same_seed_gives_the_same_story(name) -> None:
    assert purchases_of(name, 3) == purchases_of(name, 3)


def test_an_account_is_taken_over_from_elsewhere_and_its_goods_can_be_sold() -> None:
    stories = [purchases_of("account_takeover", seed) for seed in range(40)]

    assert np.mean([orders[0].device != USUAL.device for orders in stories]) > 0.5
    assert all(order.resaleable for orders in stories for order in orders[1:])
    assert not any(orders[0].resaleable for orders in stories)


def test_cards_are_tested_with_many_cards_within_minutes() -> None:
    orders = purchases_of("card_testing", 1)

    assert len({order.instrument for order in orders}) > 2
    assert orders[-1].placed - orders[0].placed < 12 * 3_600


def test_coupons_are_abused_on_the_members_own_device() -> None:
    orders = purchases_of("coupon_abuse", 1)

    assert {order.device for order in orders} == {USUAL.device}
    assert all(order.coupon and order.discount_share > 0.3 for order in orders)


def test_a_fresh_number_is_odd_and_seldom_the_same() -> None:
    numbers = [fresh(np.random.default_rng(seed)) for seed in range(50)]

    assert all(number % 2 for number in numbers)
    assert len(set(numbers)) == 50


def test_frauds_are_half_a_per_cent_and_genuine_stories_are_never_reported_as_fraud() -> None:
    assert sum(plan.share for plan in PLANS.values() if plan.is_fraud) == pytest.approx(0.005)
    assert {plan.source for plan in PLANS.values() if not plan.is_fraud} == {"confirmed"}
