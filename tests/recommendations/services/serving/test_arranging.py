from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.services.merchandising import Action, Rule
from recommendations.services.serving.arranging import Candidate, arrange, weariness


def rule(action: str, *, product: int | None = None, category: int | None = None, amount: float = 0) -> Rule:
    categories = frozenset() if category is None else frozenset({category})
    return Rule(action, product, categories, "", None, amount, None, None)


def four(**changes: object) -> list[Candidate]:
    """Products 1..4, ever less likely; 1 and 2 of category 10, 3 and 4 of 20."""
    return [
        Candidate(product, 1.0 - product / 10, category=10 if product < 3 else 20, **changes)  # type: ignore[arg-type]  # options of several types
        for product in (1, 2, 3, 4)
    ]


def shown(*rules: Rule, limit: int = 4, **options: object) -> list[int]:
    arranged = arrange(four(), limit=limit, rules=rules, **options)  # type: ignore[arg-type]  # options of several types
    return [one.product for one in arranged]


def test_without_rules_the_likeliest_come_first():
    assert shown(limit=3) == [1, 2, 3]


def test_a_hidden_product_and_a_hidden_category_are_gone():
    assert shown(rule(Action.HIDE, product=1)) == [2, 3, 4]
    assert shown(rule(Action.HIDE, category=10)) == [3, 4]


def test_a_boost_lifts_and_a_burial_lowers():
    assert shown(rule(Action.BOOST, product=4, amount=2)) == [4, 1, 2, 3]
    assert shown(rule(Action.BURY, category=10, amount=3)) == [3, 4, 1, 2]


def test_a_pinned_product_takes_its_place():
    assert shown(rule(Action.PIN, product=4, amount=2)) == [1, 4, 2, 3]
    assert shown(rule(Action.PIN, product=4, amount=9), limit=3) == [1, 2, 3]


def test_of_two_pins_for_one_place_the_first_rule_counts():
    pins = [rule(Action.PIN, product=product, amount=1) for product in (3, 4)]

    assert shown(*pins) == [3, 1, 2, 4]


def test_a_category_is_shown_no_oftener_than_its_cap_and_pins_count():
    assert shown(rule(Action.CAP, category=10, amount=1)) == [1, 3, 4]
    pin = rule(Action.PIN, product=2, amount=1)
    assert shown(pin, rule(Action.CAP, category=10, amount=1)) == [2, 3, 4]
    assert shown(rule(Action.CAP, category=10, amount=0)) == [3, 4]


def test_when_a_cap_leaves_nothing_the_list_closes_up_towards_its_pins():
    caps = [rule(Action.CAP, category=category, amount=1) for category in (10, 20)]

    assert shown(rule(Action.PIN, product=4, amount=4), *caps) == [1, 4]


def test_variety_puts_another_category_between():
    assert shown(diversity=0.3) == [1, 3, 2, 4]


def test_what_was_shown_often_without_a_click_steps_back():
    assert shown(impressions={1: 10}) == [2, 3, 4, 1]
    assert shown(impressions={1: 2}) == [1, 2, 3, 4]


@pytest.mark.parametrize(("times", "factor"), [(0, 1.0), (2, 1.0), (3, 0.8), (100, 0.1)])
def test_weariness_begins_late_and_has_a_floor(times: int, factor: float):
    assert weariness(times) == pytest.approx(factor)


def test_nothing_gives_nothing():
    assert arrange([], limit=5) == []


candidates = st.lists(
    st.builds(
        Candidate,
        product=st.integers(1, 12),
        score=st.floats(0.01, 1),
        category=st.sampled_from([10, 20, None]),
        brand=st.sampled_from(["", "a", "b"]),
    ),
    max_size=10,
    unique_by=lambda one: one.product,
)
rules = st.lists(
    st.one_of(
        st.builds(rule, st.just(Action.HIDE), product=st.integers(1, 12)),
        st.builds(
            rule, st.sampled_from([Action.BOOST, Action.BURY]), category=st.just(10), amount=st.just(3.0)
        ),
        st.builds(rule, st.just(Action.PIN), product=st.integers(1, 12), amount=st.integers(1, 6)),
        st.builds(rule, st.just(Action.CAP), category=st.sampled_from([10, 20]), amount=st.integers(0, 3)),
    ),
    max_size=4,
)


@given(candidates, rules, st.integers(0, 8), st.sampled_from([0.0, 0.3, 0.9]))
def test_every_list_keeps_to_its_rules(
    given_candidates: list[Candidate], given_rules: list[Rule], limit: int, diversity: float
):
    arranged = arrange(given_candidates, limit=limit, rules=given_rules, diversity=diversity)
    products = [one.product for one in arranged]
    hidden = {one.product for one in given_rules if one.action == Action.HIDE}
    pinned = {one.product for one in given_rules if one.action == Action.PIN}

    assert len(products) == len(set(products)) <= limit
    assert set(products) <= {one.product for one in given_candidates} - hidden
    for cap in (one for one in given_rules if one.action == Action.CAP):
        capped = [one for one in arranged if one.category in cap.categories and one.product not in pinned]
        assert len(capped) <= cap.amount


@given(candidates, st.integers(1, 8))
def test_without_rules_lists_are_sorted_by_score(given_candidates: list[Candidate], limit: int):
    arranged = arrange(given_candidates, limit=limit)
    best = sorted((one.score for one in given_candidates), reverse=True)[:limit]

    assert [one.score for one in arranged] == best


@given(candidates)
def test_a_pin_to_the_first_place_comes_first(given_candidates: list[Candidate]):
    if not given_candidates:
        return
    last = min(given_candidates, key=lambda one: one.score).product
    arranged = arrange(given_candidates, limit=3, rules=[rule(Action.PIN, product=last, amount=1)])

    assert arranged[0].product == last
    assert arranged[0].entry["why"] == "chosen"


def test_more_impressions_never_lift_a_product():
    factors = [weariness(n) for n in range(30)]

    assert factors[:3] == [1, 1, 1]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(0.1)


class TestMargin:
    def ranked(self, *rules: Rule, margins: dict[int, float | None]) -> list[int]:
        candidates = four()
        for one in candidates:
            one.margin = margins.get(one.product)
        return [one.product for one in arrange(candidates, limit=4, rules=rules)]

    def test_without_a_rule_margins_change_nothing(self):
        assert self.ranked(margins={4: 1.0}) == [1, 2, 3, 4]
        assert self.ranked(rule(Action.MARGIN, amount=0), margins={4: 1.0}) == [1, 2, 3, 4]

    def test_a_score_is_multiplied_by_one_and_the_weighted_margin(self):
        margins = {1: 0.1, 2: 0.5, 3: 0.2, 4: 0.3}
        by_hand = sorted(margins, key=lambda one: -(1.0 - one / 10) * (1 + 0.5 * margins[one]))

        assert self.ranked(rule(Action.MARGIN, amount=0.5), margins=margins) == by_hand == [2, 1, 3, 4]

    def test_what_has_no_known_cost_counts_with_the_mean_of_the_others(self):
        strong = rule(Action.MARGIN, amount=10)
        # .9 × 2, .8 × 5 (the mean of .1, .7 and .4), .7 × 8, .6 × 5
        assert self.ranked(strong, margins={1: 0.1, 2: None, 3: 0.7, 4: 0.4}) == [3, 2, 4, 1]
        assert self.ranked(strong, margins={}) == [1, 2, 3, 4]

    def test_a_category_alone_can_be_meant(self):
        only = rule(Action.MARGIN, category=20, amount=5)

        assert self.ranked(only, margins={1: 0.9, 2: 0.9, 3: 0.9, 4: 0.0}) == [3, 1, 2, 4]
