"""What rules ask about members themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from membership.loyalty.ledger import add_points
from membership.models import Consent, Member
from membership.rules.checking import everything
from membership.rules.compiling import members_of
from membership.rules.reading import BadRule, read_rule
from membership.rules.registry import Pii, find_field, segment_fields
from tests.factories import MemberFactory, SegmentFactory, SegmentMembershipFactory, TagFactory

pytestmark = pytest.mark.django_db


def members_by(text: str, noon) -> set[Member]:
    return set(members_of(read_rule(text=text, may=everything), as_of=noon))


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ('name contains "LEE"', True),
        ('name starts with "lee"', False),
        ("email is set", True),
        ("phone is unset", True),
        ("language is unset", True),
        ('country in ["United States", "CN"]', True),
        ("birth_date between 1990-01-01 and 1990-12-31", True),
        ("birthday in next 7d", True),
        ("birthday in last 7d", False),
        ("joined_at = 2026-03-01", True),
        ("join_anniversary in next 7d", False),
        ('tags in ["vip", "press"]', True),
        ("status != frozen", True),
        ('rfm_group = "loyal"', True),
        ("points = 0", True),
        ("orders_total = 0", True),
        ("gap_days is set", False),
    ],
)
def test_a_condition_finds_a_member_or_not(noon, settings, text, finds) -> None:
    settings.TIME_ZONE = "UTC"
    ann = MemberFactory(
        name="Ann Lee", phone=None, language="", country="US", birth_date=date(1990, 3, 5),
        joined_at=noon - timedelta(days=1),
    )  # fmt: skip
    ann.tags.add(TagFactory(name="vip"), TagFactory(name="press"))
    SegmentMembershipFactory(segment=SegmentFactory(key="rfm-loyal"), member=ann)

    assert (members_by(text, noon) == {ann}) is finds


def test_the_newest_consent_up_to_the_moment_counts(noon) -> None:
    member = MemberFactory()
    for days, granted in ((-2, True), (-1, False), (1, True)):
        Consent.objects.create(
            member=member, purpose="marketing", channel="email", granted=granted, source="x",
            occurred_at=noon + timedelta(days=days),
        )  # fmt: skip

    assert members_by("consent.marketing.email = false", noon) == {member}
    assert members_by("consent.marketing.email = true", noon) == set()
    assert members_by("consent.marketing.sms is set", noon) == set()


def test_points_are_those_that_count_at_the_moment(noon) -> None:
    member = MemberFactory()
    add_points(member=member, points=50, reason="x", at=noon - timedelta(days=2), expires_at=noon)
    add_points(member=member, points=7, reason="x", at=noon - timedelta(days=1))

    assert members_by("points = 57", noon - timedelta(hours=1)) == members_by("points = 7", noon) == {member}


def test_a_country_is_accepted_in_any_language_and_unknown_text_refused(noon) -> None:
    member = MemberFactory(country="DE")

    for name in ("DE", "Germany", "Deutschland", "德国"):
        assert members_by(f'country = "{name}"', noon) == {member}
    with pytest.raises(BadRule, match="use ISO 3166"):
        read_rule(text='country = "Narnia"', may=everything)


def test_what_identifies_a_person_is_marked() -> None:
    identifying = {name for name, field in segment_fields().items() if field.pii is Pii.IDENTIFYING}

    assert identifying == {"member_no", "name", "email", "phone"}


def test_tags_to_choose_from_are_those_of_the_shop() -> None:
    TagFactory(name="vip")
    field = find_field("tags")

    assert field is not None
    assert field.choices is not None
    assert list(field.choices()) == [("vip", "vip")]
