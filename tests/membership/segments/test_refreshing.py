"""Members marked as changed: their figures and segments are renewed, and the marks are taken off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from freezegun import freeze_time

from membership.loyalty.ledger import add_points
from membership.members.figures import mark_dirty
from membership.models import ImportReport, MemberFeatures, Segment, SegmentMembership
from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.segments.by_rule import create_rule_segment, refresh_due
from membership.segments.refreshing import refresh_changed, refresh_everybody
from tests.factories import MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def made(text: str, *, name: str = "Some") -> Segment:
    return create_rule_segment(draft={"name": name}, rule=read_rule(text=text, may=everything), user=None)


def inside(segment: Segment) -> set[int]:
    stays = SegmentMembership.objects.current().filter(segment=segment)
    return set(stays.values_list("member_id", flat=True))


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


def test_a_mark_stays_when_a_refresh_is_killed(monkeypatch) -> None:
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


def test_nothing_marked_is_nothing_to_do(django_assert_num_queries) -> None:
    MemberFactory()

    with django_assert_num_queries(1):
        assert refresh_changed(at_most=10) == 0


def test_those_marked_longest_ago_come_first() -> None:
    old, new = MemberFactory(), MemberFactory()
    mark_dirty(member_ids=[new.pk], at=timezone.now())
    mark_dirty(member_ids=[old.pk], at=timezone.now() - timedelta(hours=1))

    assert refresh_changed(at_most=1) == 1
    assert list(MemberFeatures.objects.filter(dirty_at=None).values_list("member_id", flat=True)) == [old.pk]


def imported() -> ImportReport:
    """An import of orders that a worker has in hand."""
    report: ImportReport = ImportReport.objects.create(
        kind="orders", file_name="orders.csv", file_path="x", file_sha256="0" * 64
    )
    assert report.claim()
    return report


def test_members_whom_an_import_marks_wait_for_its_end() -> None:
    report, others = imported(), MemberFactory()
    mark_dirty(member_ids=[MemberFactory().pk], at=report.queued_at)
    mark_dirty(member_ids=[others.pk])

    assert refresh_changed(at_most=10) == 1
    assert not MemberFeatures.objects.get(member=others).dirty_at
    report.succeed()
    assert refresh_changed(at_most=10) == 1


@pytest.mark.parametrize(
    "change", [{"started_at": timedelta(minutes=16)}, {"lease_expires_at": timedelta(seconds=1)}]
)
def test_no_member_waits_for_a_long_import_or_a_dead_worker(change: dict[str, timedelta]) -> None:
    report = imported()
    now = timezone.now()
    ImportReport.objects.update(**{name: now - ago for name, ago in change.items()})
    mark_dirty(member_ids=[MemberFactory().pk], at=report.queued_at)

    assert refresh_changed(at_most=10) == 1


def test_nobody_is_renewed_again_after_everybody_was() -> None:
    mark_dirty(member_ids=[MemberFactory().pk])

    assert refresh_everybody() == 1
    assert refresh_changed(at_most=10) == 0


def test_a_mark_made_while_everybody_is_renewed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    member = MemberFactory()
    mark_dirty(member_ids=[member.pk])
    monkeypatch.setattr(
        "membership.segments.refreshing.refresh_all", lambda: mark_dirty(member_ids=[member.pk])
    )

    refresh_everybody()

    assert MemberFeatures.objects.get(member=member).dirty_at
