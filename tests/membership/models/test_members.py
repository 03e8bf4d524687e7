"""Members, consents, points, tiers: what the database accepts, and the querysets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.models import Consent, Member, MemberFeatures, PointsEntry, TierHistory
from tests.factories import NOON, MemberFactory, TagFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"tier": "diamond"}, "member_tier_known"),
        ({"status": "asleep"}, "member_status_known"),
        ({"status": "merged"}, "member_merged_has_target"),
        ({"member_no": ""}, "member_no_not_empty"),
    ],
)
def test_the_database_refuses_an_impossible_member(changes, constraint) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        MemberFactory(**changes)


@pytest.mark.parametrize("name", ["member_no", "email", "phone"])
def test_what_identifies_a_member_is_unique(name) -> None:
    taken = getattr(MemberFactory(), name)

    with pytest.raises(IntegrityError), transaction.atomic():
        MemberFactory(**{name: taken})


def test_many_members_may_have_no_e_mail_and_no_phone() -> None:
    MemberFactory.create_batch(3, email=None, phone=None)

    assert Member.objects.filter(email=None, phone=None).count() == 3


def test_reachable_members_are_active_or_frozen() -> None:
    active, frozen = MemberFactory(), MemberFactory(status="frozen")
    MemberFactory(status="merged", merged_into=active)
    MemberFactory(status="erased")

    assert set(Member.objects.reachable()) == {active, frozen}
    assert set(Member.objects.active()) == {active}


@pytest.mark.parametrize("text", ["M1", "m1", " ANN@ ", "+1212", "lee"])
def test_search_finds_by_number_e_mail_phone_and_name(text) -> None:
    ann = MemberFactory(member_no="M1", email="ann@example.com", phone="+12125550001", name="Ann Lee")
    MemberFactory(member_no="X9", email="bob@example.com", phone=None, name="Bob")

    assert list(Member.objects.search(text)) == [ann]


def test_a_member_is_called_by_name_or_number() -> None:
    assert str(MemberFactory.build(name="Ann")) == "Ann"
    assert str(MemberFactory.build(name="", member_no="M1")) == "M1"


@pytest.mark.parametrize(("purpose", "channel"), [("spying", "email"), ("marketing", "pigeon")])
def test_the_database_refuses_an_unknown_consent(purpose, channel) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(
            member=MemberFactory(), purpose=purpose, channel=channel, granted=True, source="test"
        )


def test_a_consent_is_shown_in_words() -> None:
    consent = Consent(purpose="marketing", channel="sms", granted=False)

    assert str(consent) == "Marketing · Text message: withdrawn"


@pytest.mark.parametrize(
    "changes", [{"points": 0}, {"expires_at": NOON}, {"expires_at": NOON - timedelta(days=1)}]
)
def test_the_database_refuses_impossible_points(changes) -> None:
    values = {"points": 5, "reason": "gift", "occurred_at": NOON, **changes}

    with pytest.raises(IntegrityError), transaction.atomic():
        PointsEntry.objects.create(member=MemberFactory(), **values)


def test_points_are_shown_with_their_sign() -> None:
    assert str(PointsEntry(points=5, reason="gift")) == "+5 (gift)"
    assert str(PointsEntry(points=-5, reason="coupon")) == "-5 (coupon)"


@pytest.mark.parametrize("column", ["rfm_recency", "rfm_frequency", "rfm_monetary"])
@pytest.mark.parametrize("score", [0, 6])
def test_rfm_scores_lie_between_1_and_5(column, score) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberFeatures.objects.create(member=MemberFactory(), **{column: score})


def test_a_tier_change_of_an_unknown_tier_is_refused() -> None:
    with pytest.raises(IntegrityError, match="tier_history_tier_known"), transaction.atomic():
        TierHistory.objects.create(member=MemberFactory(), tier="wood", source="test")


def test_a_tag_is_unique() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TagFactory(name=str(TagFactory()))


MOVEMENTS = st.tuples(
    st.integers(-50, 50).filter(bool),  # points
    st.integers(0, 20),  # the day on which they moved
    st.none() | st.integers(1, 10),  # how many days they last
)


class PointsBalance(TestCase):
    """The balance at a moment is the sum of what had been entered and had not expired by then."""

    @settings(max_examples=25)
    @given(st.lists(MOVEMENTS, max_size=6), st.integers(0, 35))
    def test_it_is_the_sum_of_what_counts(self, movements, day) -> None:
        member = MemberFactory()
        for points, moved, lasts in movements:
            at = NOON + timedelta(days=moved)
            expires = None if lasts is None else at + timedelta(days=lasts)
            PointsEntry.objects.create(
                member=member, points=points, reason="test", occurred_at=at, expires_at=expires
            )

        expected = sum(
            points
            for points, moved, lasts in movements
            if moved <= day and (lasts is None or day < moved + lasts)
        )

        assert member.points_balance(at=NOON + timedelta(days=day)) == max(expected, 0)
