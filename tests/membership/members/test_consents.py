"""Statements of consent: only added, the newest counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from membership.members import refusals
from membership.members.consents import current_consents, record_consent
from membership.models import Consent, MemberFeatures
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def test_every_statement_is_kept_and_the_newest_counts(noon) -> None:
    member = MemberFactory()
    for days, granted in ((2, True), (0, False), (1, True)):
        record_consent(
            member=member, purpose="marketing", channel="email", granted=granted, source="test",
            at=noon - timedelta(days=days),
        )  # fmt: skip

    current = current_consents(member=member)

    assert Consent.objects.count() == 3
    assert [consent.granted for consent in current.values()] == [False]


def test_of_two_statements_at_one_moment_the_later_row_counts(noon) -> None:
    member = MemberFactory()
    for granted in (False, True):
        record_consent(
            member=member, purpose="marketing", channel="sms", granted=granted, source="x", at=noon
        )

    assert current_consents(member=member)["marketing", "sms"].granted


@pytest.mark.parametrize(("purpose", "channel"), [("spying", "email"), ("marketing", "pigeon"), ("", "")])
def test_an_unknown_purpose_or_channel_is_refused_and_nothing_is_written(purpose, channel) -> None:
    with pytest.raises(ValidationError):
        record_consent(member=MemberFactory(), purpose=purpose, channel=channel, granted=True, source="test")

    assert not Consent.objects.exists()


def test_the_member_is_marked_so_that_segments_are_renewed() -> None:
    member = MemberFactory()
    record_consent(member=member, purpose="marketing", channel="email", granted=True, source="test")

    assert MemberFeatures.objects.get(member=member).dirty_at is not None


@pytest.mark.parametrize(
    ("purpose", "granted", "followed"),
    [("profiling", False, True), ("profiling", True, False), ("marketing", False, False)],
)
def test_apps_hear_of_a_refusal_to_be_profiled_only(monkeypatch, purpose, granted, followed) -> None:
    calls: list[list[int]] = []
    monkeypatch.setattr(refusals, "_hooks", [lambda *, member_ids, at: calls.append(list(member_ids))])
    member = MemberFactory()

    record_consent(member=member, purpose=purpose, channel="email", granted=granted, source="test")

    assert calls == ([[member.pk]] if followed else [])


def test_when_an_app_fails_the_refusal_is_not_stored_half(monkeypatch) -> None:
    def fails(*, member_ids, at):
        raise RuntimeError

    monkeypatch.setattr(refusals, "_hooks", [fails])
    with pytest.raises(RuntimeError):
        record_consent(
            member=MemberFactory(), purpose="profiling", channel="email", granted=False, source="test"
        )

    assert not Consent.objects.exists()
