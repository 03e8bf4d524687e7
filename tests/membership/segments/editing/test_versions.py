"""Versions of a rule: what changed, and back to an earlier one."""

from __future__ import annotations

import pytest

from membership.errors import Conflict
from membership.models import Segment, SegmentVersion
from membership.rules.checking import everything
from membership.rules.json_form import to_json
from membership.rules.language import parse
from membership.rules.reading import BadRule, read_rule
from membership.segments.by_rule import change_rule, create_rule_segment, rule_text
from membership.segments.editing.versions import changes, laid_out, roll_back
from tests.factories import SegmentFactory, StaffFactory

pytestmark = pytest.mark.django_db


def made(*texts: str) -> Segment:
    """A segment whose rule had these versions."""
    first, *later = [read_rule(text=text, may=everything) for text in texts]
    segment = create_rule_segment(draft={"name": "Some"}, rule=first, user=None)
    for rule in later:
        change_rule(segment=segment, rule=rule, user=None)
    return segment


def lines(segment: Segment, position: int = 0) -> list[tuple[str, str]]:
    return [(line.change, line.text) for line in changes(segment=segment)[position].lines]


def test_the_first_version_has_nothing_to_be_compared_with() -> None:
    assert lines(made("tier = gold and points > 5")) == [
        ("", 'tier = "gold"'),
        ("", "and"),
        ("", "points > 5"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("tier = gold", "tier = silver", [("-", 'tier = "gold"'), ("+", 'tier = "silver"')]),
        (
            "tier = gold and points > 5",
            "tier = gold",
            [("", 'tier = "gold"'), ("-", "and"), ("-", "points > 5")],
        ),
        (
            "tier = gold and points > 5",
            "tier = gold or points > 5",
            [("", 'tier = "gold"'), ("-", "and"), ("+", "or"), ("", "points > 5")],
        ),
    ],
)
def test_added_removed_and_unchanged_lines(before, after, expected) -> None:
    assert lines(made(before, after)) == expected


def test_newest_versions_come_first_and_at_most_so_many() -> None:
    segment = made(*(f"points > {number}" for number in range(5)))

    listed = changes(segment=segment, most=2)

    assert [change.version.number for change in listed] == [5, 4]
    assert [(line.change, line.text) for line in listed[1].lines] == [
        ("-", "points > 2"),
        ("+", "points > 3"),
    ]


def test_a_models_parameters_are_no_rule() -> None:
    segment = SegmentFactory(kind="model")
    SegmentVersion.objects.create(segment=segment, number=1, rule={"model": "rfm"})

    (change,) = changes(segment=segment)

    assert (change.is_rule, change.lines) == (False, [])


def test_versions_are_listed_in_one_query(django_assert_num_queries) -> None:
    segment = made("tier = gold", "tier = silver", "tier = basic")

    with django_assert_num_queries(1):
        changes(segment=segment)


def test_rolling_back_is_a_new_version_by_whoever_did_it() -> None:
    segment, user = made("tier = gold", "tier = silver"), StaffFactory()

    roll_back(segment=segment, number=1, user=user, may=everything)

    assert rule_text(Segment.objects.get()) == 'tier = "gold"'
    newest = segment.versions.order_by("-number").first()
    assert newest is not None
    assert (newest.number, newest.created_by) == (3, user)


def test_rolling_back_to_the_rule_of_now_changes_nothing() -> None:
    segment = made("tier = gold", "tier = silver")

    roll_back(segment=segment, number=2, user=None, may=everything)

    assert segment.versions.count() == 2


def test_there_is_no_way_back_to_a_version_that_is_not_there() -> None:
    with pytest.raises(Conflict, match="has no version 9"):
        roll_back(segment=made("tier = gold"), number=9, user=None, may=everything)


def test_a_version_that_names_what_is_gone_is_refused() -> None:
    segment = made("tier = gold")
    SegmentVersion.objects.create(segment=segment, number=2, rule=to_json(parse('segment("gone")')))

    with pytest.raises(BadRule, match="unknown segment"):
        roll_back(segment=segment, number=2, user=None, may=everything)


def test_whoever_may_not_see_a_field_cannot_roll_back_to_it() -> None:
    segment = made('email contains "x"', "tier = gold")

    with pytest.raises(BadRule):
        roll_back(segment=segment, number=1, user=None, may=lambda field: field.name != "email")


@pytest.mark.parametrize(
    "text",
    ["tier = gold", "not tier = gold", "tier = gold and (points > 1 or not (points > 2 and points < 9))"],
)
def test_a_rule_laid_out_in_lines_is_still_that_rule(text) -> None:
    rule = parse(text)

    assert parse("\n".join(laid_out(rule))) == rule
