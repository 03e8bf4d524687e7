"""What the drafter says of sentences beyond the hundred: assumptions are told, the rest is refused."""

from __future__ import annotations

import pytest

from membership.rules.language import render
from membership.segments.drafting.reading import read
from membership.segments.drafting.vocabulary import Named, Vocabulary

FIELDS = {
    "tier": "choice",
    "country": "text",
    "email": "text",
    "phone": "text",
    "points": "integer",
    "tags": "words",
    "joined_at": "moment",
    "last_order_at": "moment",
    "orders_total": "integer",
    "orders_90d": "integer",
    "spend_90d": "decimal",
    "spend_total": "decimal",
    "birthday": "yearly",
    "consent.marketing.email": "boolean",
}
VALUES = [
    ("tier", "gold", "gold"),
    ("tier", "gold", "金卡"),
    ("tier", "silver", "silver"),
    ("country", "DE", "Germany"),
]
NAMES = [Named("category", f"All > {name}", name) for name in ("Coffee", "Tea", "茶叶")]


@pytest.fixture
def shop() -> Vocabulary:
    return Vocabulary(FIELDS, NAMES, VALUES)


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        (
            "have not bought tea or coffee for 3 months",
            'not (bought(category: "All > Tea", within: 3m) or bought(category: "All > Coffee", within: 3m))',
        ),
        (
            "gold members who bought tea or have more than 10 points",
            'tier = "gold" and (bought(category: "All > Tea") or points > 10)',
        ),
        (
            "买过茶叶或积分高于十的金卡会员",
            '(bought(category: "All > 茶叶") or points > 10) and tier = "gold"',
        ),
        ("members who spent more than 20 on tea", 'bought(category: "All > Tea", spend_at_least: 20.01)'),
        ("members with less than 3 orders in the last 90 days", "orders_90d < 3"),
        (
            "members who bought tea between 2 and 4 times",
            'bought(at_least: 2, at_most: 4, category: "All > Tea")',
        ),
        ("members whose last order was less than 10 days ago", "last_order_at > -10d"),
        ("members whose last order was at least a year ago", "last_order_at <= -1y"),
        ("members with no phone number", "phone is unset"),
        ("members without more than 10 points", "not points > 10"),
    ],
)
def test_it_reads(shop, sentence, rule):
    draft = read(sentence, shop)
    assert draft.rule is not None, draft.refusal
    assert render(draft.rule) == rule


@pytest.mark.parametrize(
    ("sentence", "assumption"),
    [
        ("new gold members", "last 30 days"),
        ("members who bought tea three times", "or more"),
        ("members who bought cofee", "coffee"),
        ("students who bought tea", "students"),
        ("gold members who bought tea or bought coffee and have more than 10 points", "given precedence"),
    ],
)
def test_it_says_what_it_assumed(shop, sentence, assumption):
    draft = read(sentence, shop)
    assert draft.rule is not None
    assert assumption in " ".join(draft.unsure)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "members",
        "gold members who love tea",  # what is love
        "members who only bought tea",  # and nothing else? the language has no such word
        "gold members of the last 30 days",  # what happened then
        "members who will buy tea in the next week",
        "members who spent on tea",  # how much
        "members with points",
        "members with a birthday",
        "members who bought 3.5 tea",
        "members who bought tea for 5 dollars three times",
        "x" * 501,
        "'; DROP TABLE membership_member; --",
        "喜欢茶叶的会员",
    ],
)
def test_it_refuses_what_it_cannot_say(shop, sentence):
    draft = read(sentence, shop)
    assert draft.rule is None
    assert draft.refusal


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("买过咖啡的会员", 'bought(category: "All > Coffee")'),
        ("members who bought snacks", 'bought(category: "零食")'),
    ],
)
def test_a_category_in_the_other_language_is_found_and_noted(sentence, rule):
    names = [Named("category", "All > Coffee", "Coffee"), Named("category", "零食", "零食")]
    draft = read(sentence, Vocabulary(FIELDS, names, VALUES))
    assert draft.rule is not None, draft.refusal
    assert render(draft.rule) == rule
    assert "was read as" in draft.unsure[0]


def test_a_field_that_the_user_may_not_see_is_not_used():
    vocabulary = Vocabulary({"tier": "choice"}, NAMES, VALUES)
    assert "points" in read("members with more than 10 points", vocabulary).refusal
