"""Counts of a rule before it is saved: exact where quick, else an estimate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.rules.running import TooSlow
from membership.segments.editing import previews
from membership.segments.editing.previews import preview, wilson_interval
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def rule(text: str):
    return read_rule(text=text, may=everything)


@pytest.fixture
def impatient(monkeypatch):
    """Every count takes too long, and a sample is 60 members."""
    monkeypatch.setattr(previews, "SAMPLE", 60)

    def too_slow(*args, **kwargs):
        raise TooSlow("too slow")

    monkeypatch.setattr(previews, "_counted", too_slow)


def test_what_takes_long_is_estimated_and_the_interval_holds_the_truth(impatient) -> None:
    MemberFactory.create_batch(40, tier="gold")
    MemberFactory.create_batch(60, tier="basic")

    result = preview(rule=rule("tier = gold"))

    assert not result.exact
    assert result.low <= 40 <= result.high
    assert result.low < result.count < result.high
    assert {member.tier for member in result.examples} == {"gold"}


def test_an_exact_count_that_takes_too_long_is_refused(impatient) -> None:
    with pytest.raises(TooSlow):
        preview(rule=rule("tier = gold"), exact=True)


@given(hits=st.integers(0, 8_000))
def test_an_interval_lies_around_its_share_and_between_0_and_1(hits) -> None:
    low, high = wilson_interval(hits, 8_000)

    assert 0 <= low <= hits / 8_000 <= high <= 1
    assert high - low < 0.025


def test_a_quick_count_is_exact_and_has_no_interval() -> None:
    MemberFactory.create_batch(3, tier="gold")

    result = preview(rule=rule("tier = gold"))

    assert (result.exact, result.low, result.count, result.high) == (True, 3, 3, 3)


def test_a_rule_that_nobody_fits_has_no_examples() -> None:
    MemberFactory()

    result = preview(rule=rule("tier = gold"), exact=True)

    assert (result.count, result.examples) == (0, [])


def test_an_estimate_is_the_same_each_time(impatient) -> None:
    MemberFactory.create_batch(30, tier="gold")
    MemberFactory.create_batch(50, tier="basic")

    assert preview(rule=rule("tier = gold")) == preview(rule=rule("tier = gold"))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(0, 8, 0.0, 0.3244), (5, 13, 0.1771, 0.6448), (12, 12, 0.7575, 1.0)]
)
def test_the_interval_is_that_of_wilsons_formula(hits, n, low, high) -> None:
    assert wilson_interval(hits, n) == pytest.approx((low, high), abs=0.0001)
