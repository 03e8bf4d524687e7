"""Estimates, stops, due times, decisions by hand, and bitmaps of segments."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from membership.errors import Conflict, Rejected
from membership.members.figures import mark_dirty
from membership.members.points import add_points
from membership.models import Member, MemberFeatures, Segment, SegmentMembership, SegmentSnapshot
from membership.rules.checking import everything
from membership.rules.due import next_change
from membership.rules.reading import read_rule
from membership.rules.running import Run, Stopped, TooSlow, limited, stop
from membership.segments.bitmaps import members_now, overlap
from membership.segments.by_rule import create_rule_segment, refresh_due
from membership.segments.editing import previews as segment_preview
from membership.segments.editing.previews import preview, wilson_interval
from membership.segments.members import change_members
from membership.segments.refreshing import refresh_changed
from membership.segments.stays import reconcile_bitmaps, set_members
from tests.factories import MemberFactory, OrderFactory, SegmentFactory

pytestmark = pytest.mark.django_db

MANUAL = SegmentMembership.Source.MANUAL


def rule(text: str):
    return read_rule(text=text, may=everything)


def made(text: str, *, name: str = "Some") -> Segment:
    return create_rule_segment(draft={"name": name}, rule=rule(text), user=None)


def inside(segment: Segment) -> set[int]:
    stays = SegmentMembership.objects.current().filter(segment=segment)
    return set(stays.values_list("member_id", flat=True))


# --- previews ----------------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch):
    """Every count takes too long, and a sample is 60 members."""
    monkeypatch.setattr(segment_preview, "SAMPLE", 60)

    def too_slow(*args, **kwargs):
        raise TooSlow("too slow")

    monkeypatch.setattr(segment_preview, "_counted", too_slow)


def test_what_takes_long_is_estimated_and_the_interval_holds_the_truth(impatient) -> None:
    MemberFactory.create_batch(40, tier="gold")
    MemberFactory.create_batch(60, tier="basic")

    found = preview(rule=rule("tier = gold"))

    assert not found.exact
    assert found.low <= 40 <= found.high
    assert found.low < found.count < found.high
    assert {member.tier for member in found.examples} == {"gold"}


def test_whoever_wants_the_exact_count_is_told_that_it_takes_too_long(impatient) -> None:
    with pytest.raises(TooSlow):
        preview(rule=rule("tier = gold"), exact=True)


@given(hits=st.integers(0, 8_000))
def test_an_interval_lies_around_its_share_and_between_0_and_1(hits) -> None:
    low, high = wilson_interval(hits, 8_000)

    assert 0 <= low <= hits / 8_000 <= high <= 1
    assert high - low < 0.025


def test_a_newer_run_on_a_ticket_stops_the_older_and_others_go_on() -> None:
    first, other = Run("mine"), Run("another")
    second = Run("mine")

    assert first.is_stopped()
    assert not second.is_stopped()
    assert not other.is_stopped()
    assert stop(ticket="mine")
    assert second.is_stopped()
    assert not stop(ticket="mine")


SLOW_SQL = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)"
    " SELECT COUNT(*) FROM n"
)


@pytest.mark.django_db(transaction=True)
def test_a_running_query_is_stopped_by_its_ticket() -> None:
    run = Run("mine")

    def stop_it() -> None:
        while not _is_running(run):
            pass
        stop(ticket="mine")
        connection.close()

    stopper = threading.Thread(target=stop_it)
    stopper.start()
    with pytest.raises(Stopped), limited(seconds=60, run=run), connection.cursor() as cursor:
        cursor.execute(SLOW_SQL)
    stopper.join()


def _is_running(run: Run) -> bool:
    """PostgreSQL cancels what is active; SQLite asks now and then."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND query LIKE 'WITH RECURSIVE%%'",
            [run.name],
        )
        return cursor.fetchone() is not None


# --- due times ---------------------------------------------------------------------------------------------


def test_relative_dates_move_at_the_shops_midnight(settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    assert next_change(rule("last_order_at < -60d"), as_of=now) == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert next_change(rule("bought(within: 30d)"), as_of=now) == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert next_change(rule("tier = gold"), as_of=now) is None


def test_a_member_enters_at_the_midnight_after_which_the_rule_holds() -> None:
    member = MemberFactory()
    with freeze_time("2026-03-02 12:00"):
        OrderFactory(member=member, placed_at=timezone.now() - timedelta(days=30))
        mark_dirty(member_ids=[member.pk])
        refresh_changed(at_most=10)
        silent = made("last_order_at < -30d")
        follower = made('segment("some")', name="Follower")
        assert inside(silent) == set()
    with freeze_time("2026-03-02 23:59"):
        assert refresh_due() == 0
    with freeze_time("2026-03-03 12:00"):
        assert refresh_due() == 2

    assert inside(silent) == inside(follower) == {member.pk}


def test_points_that_expire_move_a_member_at_that_moment() -> None:
    member = MemberFactory()
    with freeze_time("2026-03-02 12:00"):
        expires = timezone.now() + timedelta(hours=3)
        add_points(member=member, points=50, reason="gift", expires_at=expires)
        rich = made("points >= 50")
        assert inside(rich) == {member.pk}
    with freeze_time("2026-03-02 15:00:01"):
        refresh_due()

    assert inside(rich) == set()


def test_rules_look_again_when_a_segment_kept_by_hand_changes() -> None:
    member, hand = MemberFactory(), SegmentFactory(key="hand")
    follower = made('segment("hand")', name="Follower")

    change_members(segment=hand, add=[member.member_no])
    refresh_due()

    assert inside(follower) == {member.pk}
    assert not Segment.objects.filter(due_at__isnull=False).exists()


# --- decisions by hand -----------------------------------------------------------------------------------


def test_decisions_by_hand_stand_against_the_rule_until_released(admin_user) -> None:
    gold, basic = MemberFactory(tier="gold"), MemberFactory(tier="basic")
    segment = made("tier = gold")

    moved = change_members(segment=segment, add=[basic.member_no], remove=[gold.member_no], user=admin_user)
    assert moved == (1, 1)
    Segment.objects.update(due_at=timezone.now())
    refresh_due()
    assert inside(segment) == {basic.pk}
    assert SegmentMembership.objects.current().get().source == MANUAL

    change_members(segment=segment, release=[basic.member_no, gold.member_no])
    assert inside(segment) == {gold.pk}
    assert not segment.overrides.exists()


def test_an_erased_member_is_not_kept_by_a_decision() -> None:
    member = MemberFactory(tier="basic")
    segment = made("tier = gold")
    change_members(segment=segment, add=[member.member_no])

    Member.objects.update(status="erased")
    mark_dirty(member_ids=[member.pk])
    refresh_changed(at_most=10)

    assert inside(segment) == set()
    assert member.pk not in members_now(segment=segment)


def test_a_member_cannot_be_added_and_removed_at_once() -> None:
    member, segment = MemberFactory(), made("tier = gold")

    with pytest.raises(Rejected, match="not two"):
        change_members(segment=segment, add=[member.member_no], remove=[member.member_no])


def test_nobody_changes_what_a_model_keeps() -> None:
    with pytest.raises(Conflict, match="kept by a model"):
        change_members(segment=SegmentFactory(kind="model"), add=[MemberFactory().member_no])


# --- bitmaps ---------------------------------------------------------------------------------------------


def test_a_bitmap_always_says_what_the_stays_say(noon) -> None:
    members = [member.pk for member in MemberFactory.create_batch(6)]
    segment = SegmentFactory()
    for wanted, among in (({0, 1, 2}, None), ({3}, {2, 3}), (set(), {0}), ({1, 3, 5}, None)):
        set_members(
            segment=segment,
            member_ids=[members[n] for n in wanted],
            source=MANUAL,
            at=noon,
            among=None if among is None else [members[n] for n in among],
        )
        assert set(members_now(segment=segment)) == inside(segment)
    assert inside(segment) == {members[1], members[3], members[5]}
    assert Segment.objects.get().member_count == SegmentSnapshot.objects.get().count == 3


def test_overlaps_are_counted_for_each_pair_and_for_all(noon, django_assert_num_queries) -> None:
    members = [member.pk for member in MemberFactory.create_batch(5)]
    segments = SegmentFactory.create_batch(3)
    for segment, wanted in zip(segments, ((0, 1, 2, 3), (2, 3, 4), (3,)), strict=True):
        set_members(segment=segment, member_ids=[members[n] for n in wanted], source=MANUAL, at=noon)

    with django_assert_num_queries(1):
        found = overlap(segments=segments)

    assert found.sizes == [4, 3, 1]
    assert [(pair.both, round(pair.jaccard, 2)) for pair in found.pairs] == [(2, 0.4), (1, 0.25), (1, 0.33)]
    assert (found.in_all, found.in_any) == (1, 5)


def test_an_overlap_needs_two_segments() -> None:
    with pytest.raises(Rejected, match="2 to 10"):
        overlap(segments=[SegmentFactory()])


def test_a_bitmap_that_is_wrong_is_made_anew(noon) -> None:
    member, segment = MemberFactory(), SegmentFactory()
    set_members(segment=segment, member_ids=[member.pk], source=MANUAL, at=noon)
    SegmentMembership.objects.all().delete()

    assert reconcile_bitmaps() == 1
    assert reconcile_bitmaps() == 0
    assert Segment.objects.get().member_count == 0


# --- marks -----------------------------------------------------------------------------------------------


def test_a_mark_outlives_a_refresh_that_dies(monkeypatch) -> None:
    member = MemberFactory()
    mark_dirty(member_ids=[member.pk])

    def dies(**kwargs):
        raise MemoryError

    monkeypatch.setattr("membership.segments.refreshing.refresh_all", dies)
    with pytest.raises(MemoryError):
        refresh_changed(at_most=10)

    assert MemberFeatures.objects.get(member=member).dirty_at is not None


def test_a_mark_made_while_segments_are_refreshed_stays(monkeypatch) -> None:
    member = MemberFactory()
    mark_dirty(member_ids=[member.pk])
    monkeypatch.setattr(
        "membership.segments.refreshing.refresh_all", lambda among: mark_dirty(member_ids=among)
    )

    refresh_changed(at_most=10)

    assert MemberFeatures.objects.get(member=member).dirty_at is not None
