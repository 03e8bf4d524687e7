"""The same person, one household, or strangers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.duplicates.ml import three_classes as model
from membership.duplicates.ml.three_classes import Comparison, probability, reasons

GROUPS = (
    model.NAMES,
    model.BIRTH_DATES,
    model.EMAILS,
    model.PHONES,
    model.ADDRESSES,
    model.DEVICES,
    model.PAYMENTS,
)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("place", [0, 1])
def test_the_levels_of_a_comparison_are_all_that_can_happen(group, place):
    total = sum(pair[place] for pair in group.values())
    if group is model.NAMES and place == 0:
        total -= group["same_characters"][0]  # a Latin name has the other level instead
    assert total == pytest.approx(1, abs=0.02)


def test_the_probability_is_the_sum_done_by_hand():
    """One comparison: .55, .002 and .0001 in the classes; 1,000 members: prior odds .00006, .002 and 1."""
    same, household, strangers = 0.55 * 0.00006, 0.002 * 0.002, 0.0001
    expected = same / (same + household + strangers)
    assert probability([Comparison("same_name", 0.0001)], n_members=1_000) == pytest.approx(expected)


def test_what_a_household_shares_makes_nobody_the_same():
    twins = [Comparison("family_name_only", 1e-4), Comparison("same_birth_date", 5e-5),
             Comparison("same_address", 1e-5),
             Comparison("same_device", 1e-5), Comparison("same_payment", 1e-5)]  # fmt: skip
    assert probability(twins, n_members=10_000) < 0.2


def test_reasons_are_sorted_and_say_for_and_against():
    said = reasons(
        [Comparison("other_email", 1.0), Comparison("same_name", 1e-5), Comparison("other_birth_date", 1.0)],
        n_members=1_000,
    )
    assert [reason.level for reason in said][:2] == ["same_name", "other_birth_date"]
    assert said[0].weight > 0 > said[1].weight


COMPARISONS = st.lists(
    st.builds(Comparison, st.sampled_from(sorted(model.LEVELS)), st.floats(1e-9, 1.0)), max_size=7
)


@given(COMPARISONS, st.integers(2, 10**7), st.randoms())
def test_the_order_of_comparisons_does_not_matter(comparisons, n_members, random):
    turned = random.sample(comparisons, len(comparisons))
    chance = probability(comparisons, n_members=n_members)
    assert 0 <= chance <= 1
    assert math.isclose(chance, probability(turned, n_members=n_members), rel_tol=1e-9)


@given(COMPARISONS, st.integers(1_001, 10**6))
def test_a_larger_shop_makes_no_pair_likelier(comparisons, n_members):
    small, large = (
        probability(comparisons, n_members=n_members),
        probability(comparisons, n_members=2 * n_members),
    )
    assert large <= small * (1 + 1e-9)
