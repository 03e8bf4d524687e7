"""The strictest consent of both counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forecasts.models import Forecast
from membership.merges.undoing import undo_merge
from membership.models import Consent
from tests.factories import NOON, ForecastFactory
from tests.membership.merges.people import allows, merge, pair, say

pytestmark = pytest.mark.django_db
PROFILING = ("profiling", "onsite")
POST = ("marketing", "post")


@pytest.mark.parametrize(
    ("mine", "theirs", "afterwards"),
    [
        (True, True, True), (True, False, False), (False, True, False), (False, False, False),
        (True, None, True), (None, True, True), (False, None, False), (None, False, False),
        (None, None, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", [POST, PROFILING])
@pytest.mark.parametrize("days", [-1, 1])
def test_one_withdrawal_withdraws_whichever_came_last(mine, theirs, afterwards, key, days):
    keep, other = pair()
    say(keep, mine, key=key, days=-5)
    say(other, theirs, key=key, days=-5 + days)
    merge(keep, other)
    assert allows(keep, key) is afterwards


@pytest.mark.parametrize(("email", "afterwards"), [("this", False), ("other", True)])
def test_a_grant_of_mail_counts_for_the_address_it_was_given_for(email, afterwards):
    keep, other = pair()
    say(other, True, days=-5)
    merge(keep, other, choose={"email": email})
    assert allows(keep) is afterwards


def test_a_statement_dated_later_than_the_merge_does_not_count_instead():
    keep, other = pair()
    say(keep, False, days=-5)
    say(other, True, days=3)
    merge(keep, other)
    assert allows(keep) is False


def test_all_statements_are_kept_and_the_merge_adds_one_only_where_it_must():
    keep, other = pair()
    say(keep, True, days=-5)
    say(other, True, days=-4)
    say(keep, True, key=POST, days=-5)
    say(other, False, key=POST, days=-6)
    merge(keep, other)
    said = Consent.objects.filter(member=keep).order_by("id").values_list("channel", "granted", "source")
    assert list(said) == [
        ("email", True, "test"), ("email", True, "test"), ("post", True, "test"), ("post", False, "test"),
        ("post", False, "merge"),
    ]  # fmt: skip


def test_who_is_no_longer_to_be_profiled_loses_the_forecast():
    keep, other = pair()
    ForecastFactory.create(member=keep)
    say(other, False, key=PROFILING, days=-5)
    merge(keep, other)
    assert not Forecast.objects.filter(member=keep).exists()


def test_an_undo_gives_both_what_they_had_said_before():
    keep, other = pair()
    say(keep, True, days=-5)
    say(other, False, days=-4)
    undo_merge(merge=merge(keep, other), who="boss", at=NOON + timedelta(days=1))
    assert (allows(keep), allows(other)) == (True, False)
    assert not Consent.objects.filter(source="merge").exists()


def test_what_was_withdrawn_while_they_were_one_is_withdrawn_for_both():
    keep, other = pair()
    say(keep, True, days=-5)
    say(other, True, days=-4)
    made = merge(keep, other)
    say(keep, False, days=1)
    undo_merge(merge=made, who="boss", at=NOON + timedelta(days=2))
    assert (allows(keep), allows(other)) == (False, False)


def test_what_was_granted_while_they_were_one_counts_for_the_kept_member_alone():
    keep, other = pair()
    made = merge(keep, other)
    say(keep, True, days=1)
    undo_merge(merge=made, who="boss", at=NOON + timedelta(days=2))
    assert (allows(keep), allows(other)) == (True, None)
