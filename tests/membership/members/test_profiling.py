"""Who refuses to be profiled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.members.profiling import profiling_refusals, refuses_profiling
from membership.models import Consent, Member
from tests.factories import NOON, MemberFactory


def say(member: Member, channel: str, granted: bool, days: int, purpose: str = "profiling") -> None:
    Consent.objects.create(
        member=member, purpose=purpose, channel=channel, granted=granted, source="test",
        occurred_at=NOON + timedelta(days=days),
    )  # fmt: skip


@pytest.mark.django_db
def test_no_statement_or_one_about_marketing_is_no_refusal() -> None:
    member = MemberFactory()
    say(member, "email", False, 1, purpose="marketing")

    assert not refuses_profiling(member=member)


@pytest.mark.django_db
def test_one_query_answers_for_one_member(django_assert_num_queries) -> None:
    member = MemberFactory()
    say(member, "email", False, 1)

    with django_assert_num_queries(1):
        assert refuses_profiling(member=member)


@pytest.mark.django_db
def test_members_are_excluded_by_the_query() -> None:
    refuses, agrees = MemberFactory.create_batch(2)
    say(refuses, "email", False, 1)
    say(agrees, "email", False, 1)
    say(agrees, "email", True, 2)

    assert list(Member.objects.exclude(pk__in=profiling_refusals())) == [agrees]


class AnyStatements(TestCase):
    """A member refuses when the newest statement on any channel is a no."""

    @settings(max_examples=30)
    @given(
        st.lists(st.tuples(st.sampled_from(["email", "sms"]), st.booleans(), st.integers(0, 3)), max_size=6)
    )
    def test_the_newest_of_each_channel_decides(self, statements) -> None:
        member = MemberFactory()
        for channel, granted, days in statements:
            say(member, channel, granted, days)

        newest: dict[str, bool] = {}
        for channel, granted, _days in sorted(statements, key=lambda one: one[2]):  # a stable order
            newest[channel] = granted

        assert refuses_profiling(member=member) == (False in newest.values())
