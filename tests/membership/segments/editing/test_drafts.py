"""From words to a rule of this shop."""

from __future__ import annotations

import pytest

from membership.models import Segment
from membership.rules.checking import everything
from membership.segments.editing.drafts import draft_rule, vocabulary
from tests.factories import CategoryFactory, ProductFactory, SegmentFactory, StoreFactory, TagFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("gold members", 'tier = "gold"'),
        ("金卡会员", 'tier = "gold"'),
        ("members in Germany", 'country = "DE"'),
        ("members tagged press", 'tags contains "press"'),
        ("members who bought coffee", 'bought(category: "Food > Coffee")'),
        ("members who bought Acme", 'bought(brand: "Acme")'),
        ("members of the segment Friends", 'segment("friends")'),
    ],
)
def test_a_sentence_is_read_with_the_shops_own_names(sentence, rule) -> None:
    CategoryFactory(name="Coffee", path="Food > Coffee")
    ProductFactory(brand="Acme", category=None)
    TagFactory(name="press")
    SegmentFactory(key="friends", name="Friends")

    draft = draft_rule(text=sentence, may=everything)

    assert (draft.text, draft.refusal, draft.source) == (rule, "", "grammar")


def test_nothing_is_stored() -> None:
    draft_rule(text="gold members", may=everything)

    assert not Segment.objects.exists()


def test_a_rule_that_would_not_be_right_is_refused_with_the_reason() -> None:
    draft = draft_rule(text="members with more than 999999999999 points", may=everything)

    assert draft.rule is None
    assert "11 digits" in draft.refusal


def test_without_permissions_the_vocabulary_has_no_fields() -> None:
    assert dict(vocabulary(may=lambda field: False).fields) == {}
    assert "email" not in vocabulary(may=lambda field: field.name != "email").fields


def test_stores_are_known_by_code_and_name() -> None:
    StoreFactory(code="n1", name="North")

    names = {(one.stored, one.written) for one in vocabulary(may=everything).names if one.what == "store"}

    assert names == {("n1", "n1"), ("n1", "North")}


def test_a_drafted_rule_names_rfm_groups_and_not_rfm_segments() -> None:
    SegmentFactory(key="rfm-loyal", name="Loyal")
    SegmentFactory(key="mine", name="Mine")

    stored = {stored for field, stored, _written in vocabulary(may=everything).values if field == "segment"}

    assert stored == {"mine"}


def test_the_vocabulary_takes_as_many_queries_whatever_the_shop_holds(django_assert_max_num_queries) -> None:
    for number in range(20):
        CategoryFactory(name=f"C{number}")
        ProductFactory(brand=f"B{number}", category=None)

    with django_assert_max_num_queries(12):
        vocabulary(may=everything)
