"""A rule that somebody wrote: checked, or refused with every mistake."""

from __future__ import annotations

import pytest

from membership.errors import Rejected
from membership.models import Segment
from membership.rules.checking import everything
from membership.rules.json_form import to_json
from membership.rules.language import parse, render
from membership.rules.nodes import Behaviour, Ref
from membership.rules.reading import BadRule, read_rule
from membership.rules.stored import add_version
from tests.factories import CategoryFactory, SegmentFactory

pytestmark = pytest.mark.django_db


def test_text_and_json_give_the_same_rule() -> None:
    text = "tier in [gold, platinum] and points > 5"

    assert read_rule(text=text, may=everything) == read_rule(data=to_json(parse(text)), may=everything)


def test_names_come_back_in_their_stored_form() -> None:
    assert render(read_rule(text="tier = GOLD", may=everything)) == 'tier = "gold"'


@pytest.mark.parametrize(
    "given", [{"text": "tier ="}, {"text": ""}, {"data": None}, {"data": {"version": 9}}]
)
def test_what_is_no_rule_is_a_bad_rule(given) -> None:
    with pytest.raises(BadRule):
        read_rule(may=everything, **given)


def test_mistakes_of_json_have_places_in_the_rules_text() -> None:
    with pytest.raises(BadRule) as caught:
        read_rule(data=to_json(parse("tier = gold and points > many")), may=everything)

    (problem,) = caught.value.problems
    assert (problem.place.line, problem.place.column) == (1, 28)


def test_a_bad_rule_is_refused_as_any_other_input() -> None:
    with pytest.raises(Rejected, match="unknown field"):
        read_rule(text="shoe_size = 42", may=everything)


def test_a_segments_rule_may_not_name_the_segment_itself() -> None:
    segment = SegmentFactory(key="vip", kind=Segment.Kind.DYNAMIC)
    add_version(segment=segment, rule=parse("tier = gold"))

    with pytest.raises(BadRule, match="cannot refer to it"):
        read_rule(text='segment("vip")', may=everything, segment=segment)


def test_json_may_hold_ids_or_names() -> None:
    coffee = CategoryFactory(name="Coffee")
    by_name = Behaviour("bought", (("category", "Coffee"),))
    by_id = Behaviour("bought", (("category", Ref("category", coffee.pk)),))

    assert read_rule(data=to_json(by_name), may=everything) == by_id
    assert read_rule(data=to_json(by_id), may=everything) == by_id


def test_the_id_of_something_that_is_gone_is_refused() -> None:
    rule = Behaviour("bought", (("category", Ref("category", 99)),))

    with pytest.raises(BadRule, match="there is no category “deleted category 99”"):
        read_rule(data=to_json(rule), may=everything)


def test_the_id_of_another_kind_is_refused() -> None:
    rule = Behaviour("bought", (("category", Ref("segment", SegmentFactory(key="vip").pk)),))

    with pytest.raises(BadRule, match="there is no category “vip”"):
        read_rule(data=to_json(rule), may=everything)
