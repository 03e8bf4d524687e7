"""The order of precedence, for every combination of circumstances. No database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.models import DecidedBy, Decision
from fraud.services.deciding import Circumstances, Verdict, decide
from fraud.services.policies.policy import Costs, Thresholds
from fraud.services.policies.without_model import ByAmount

STRICTNESS = {Decision.APPROVE: 0, Decision.REVIEW: 1, Decision.DECLINE: 2}
actions = st.lists(st.sampled_from([one.value for one in Decision]), max_size=3)
circumstances = st.builds(
    Circumstances,
    probability=st.none() | st.floats(0, 1),
    amount=st.floats(0, 1_000),
    setting=st.none()
    | st.sampled_from([ByAmount(100.0), ByAmount(None), Thresholds(0.3, 0.9), Costs(3.0, 0.3, 0.9, "USD")]),
    listed=st.lists(st.sampled_from(["block", "allow"]), max_size=2),
    rule_actions=actions,
    is_suppressed=st.booleans(),
    is_late=st.booleans(),
)


@given(circumstances)
def test_what_is_stated_outranks_what_is_learned(made: Circumstances):
    verdict = decide(made)
    if "block" in made.listed:
        assert verdict == Verdict(Decision.DECLINE, DecidedBy.BLOCK_LIST)
    elif "allow" in made.listed:
        assert verdict == Verdict(Decision.APPROVE, DecidedBy.ALLOW_LIST)
    elif made.rule_actions:
        strictest = max((Decision(one) for one in made.rule_actions), key=STRICTNESS.__getitem__)
        assert verdict == Verdict(strictest, DecidedBy.RULE)
    else:
        assert verdict.decided_by not in (DecidedBy.BLOCK_LIST, DecidedBy.ALLOW_LIST, DecidedBy.RULE)


@given(circumstances)
def test_without_an_answer_of_the_model_staff_decide(made: Circumstances):
    if made.listed or made.rule_actions or (made.probability is not None and made.setting is not None):
        return
    if isinstance(made.setting, ByAmount):
        return
    by = DecidedBy.TIME_OUT if made.is_late else DecidedBy.NO_MODEL
    assert decide(made) == Verdict(Decision.REVIEW, by)


@given(circumstances)
def test_suppression_only_turns_a_review_of_the_model_into_an_approval(made: Circumstances):
    with_it, without = (decide(replace(made, is_suppressed=on)) for on in (True, False))
    if without.decision == Decision.REVIEW and without.decided_by in (DecidedBy.POLICY, DecidedBy.AMOUNT):
        assert with_it == Verdict(Decision.APPROVE, DecidedBy.SUPPRESSED)
    else:
        assert with_it == without


@given(circumstances, st.floats(0, 1))
def test_a_higher_probability_never_makes_a_threshold_milder(made: Circumstances, other: float):
    low, high = (
        decide(replace(made, setting=Thresholds(0.3, 0.9), is_suppressed=False, probability=p)).decision
        for p in sorted((made.probability or 0.0, other))
    )

    assert STRICTNESS[low] <= STRICTNESS[high]


@given(circumstances, st.sampled_from([50.0, 100.0, None]))
def test_without_a_model_the_amount_never_declines(made: Circumstances, limit: float | None):
    given_amount = replace(made, setting=ByAmount(limit), listed=(), rule_actions=(), is_suppressed=False)
    is_small = limit is not None and made.amount < limit

    expected = Decision.APPROVE if is_small else Decision.REVIEW
    assert decide(given_amount) == Verdict(expected, DecidedBy.AMOUNT)


@pytest.mark.parametrize("action", ["block", "allow"])
def test_an_entry_named_twice_counts_once(action: str):
    once, twice = (
        decide(Circumstances(probability=0.5, amount=1, setting=None, listed=[action] * n)) for n in (1, 2)
    )

    assert once == twice
