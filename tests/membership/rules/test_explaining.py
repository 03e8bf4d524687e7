"""Why a member is in a segment, condition by condition."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from membership.models import MemberFeatures
from membership.rules.checking import everything
from membership.rules.compiling import members_of
from membership.rules.explaining import Explanation, explain
from membership.rules.language import parse
from tests.factories import MemberFactory, OrderFactory, SegmentFactory, SegmentMembershipFactory, TagFactory
from tests.membership.rules.rule_texts import rule_of

pytestmark = pytest.mark.django_db


def explained(text: str, member, noon, may=everything) -> Explanation:
    return explain(rule_of(text), member=member, as_of=noon, may=may)


@pytest.mark.parametrize(
    ("text", "kind", "holds"),
    [
        ("tier = gold", "condition", True),
        ("not tier = gold", "not", False),
        ("tier = gold and points > 5", "all", False),
        ("tier = gold or points > 5", "any", True),
        ("not (points > 5 or tier = silver)", "not", True),
    ],
)
def test_a_group_holds_as_its_parts_say(noon, text, kind, holds) -> None:
    explanation = explained(text, MemberFactory(tier="gold"), noon)

    assert (explanation.kind, explanation.holds) == (kind, holds)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("tier = gold", "gold"),
        ("points > 5", 0),
        ("spend_total >= 5", "12.5"),
        ("joined_at < today", "2025-01-26T12:00:00+00:00"),
        ("birth_date is set", None),
        ("bought(at_least: 2)", {"times": 1}),
        ("bought(spend_at_least: 2, within: 7d)", {"spend": "10"}),
        ('tags contains "vip"', ["press", "vip"]),
    ],
)
def test_each_condition_shows_what_the_member_has(noon, text, value) -> None:
    member = MemberFactory(tier="gold", joined_at=noon - timedelta(days=400))
    member.tags.set([TagFactory(name="vip"), TagFactory(name="press")])
    MemberFeatures.objects.create(member=member, spend_total=Decimal("12.500"))
    OrderFactory(member=member, placed_at=noon)

    assert explained(text, member, noon).value == value


def test_a_segment_shows_since_when_the_member_is_in(noon) -> None:
    stay = SegmentMembershipFactory(segment=SegmentFactory(key="vip"), entered_at=noon)

    inside, outside = (explained('segment("vip")', one, noon) for one in (stay.member, MemberFactory()))

    assert (inside.holds, inside.value) == (True, noon.isoformat())
    assert (outside.holds, outside.value) == (False, None)


def test_a_value_that_the_user_may_not_see_is_hidden_but_the_outcome_is_shown(noon) -> None:
    explanation = explained('email contains "@"', MemberFactory(), noon, may=lambda field: False)

    assert (explanation.holds, explanation.value, explanation.hidden) == (True, "", True)


@pytest.mark.parametrize(
    "text", ["tier = gold", "tier = gold and not points > 5", "points > 5 or status = frozen"]
)
def test_the_explanation_agrees_with_the_segment(noon, text) -> None:
    members = [MemberFactory(tier="gold"), MemberFactory(tier="basic"), MemberFactory(status="frozen")]
    inside = set(members_of(parse(text), as_of=noon))

    assert {member for member in members if explained(text, member, noon).holds} == inside
