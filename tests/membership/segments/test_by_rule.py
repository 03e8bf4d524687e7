"""Segments kept by a rule: made, changed, refreshed, explained."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from freezegun import freeze_time

from membership.errors import Conflict, Rejected
from membership.members.consents import record_consent
from membership.members.figures import mark_dirty
from membership.models import Member, Segment, SegmentMembership, SegmentVersion
from membership.rules.checking import everything
from membership.rules.json_form import to_json
from membership.rules.language import parse
from membership.rules.reading import BadRule, read_rule
from membership.rules.running import limited
from membership.rules.stored import dependent_last
from membership.segments.by_hand import delete_segment, update_segment
from membership.segments.by_rule import (
    change_rule,
    create_rule_segment,
    explain_member,
    history,
    refresh,
    refresh_all,
    refresh_due,
    rule_text,
)
from membership.segments.editing.previews import preview
from membership.segments.stays import set_members
from membership.segments.tasks import refresh_changed_members, refresh_dynamic_segments
from tests.factories import MemberFactory, OrderFactory, SegmentFactory, SegmentMembershipFactory

pytestmark = pytest.mark.django_db


def made(text: str, *, name: str = "Some") -> Segment:
    return create_rule_segment(draft={"name": name}, rule=read_rule(text=text, may=everything), user=None)


def inside(segment: Segment) -> set[Member]:
    stays = SegmentMembership.objects.current().filter(segment=segment).select_related("member")
    return {stay.member for stay in stays}


def test_a_new_segment_has_its_members_at_once() -> None:
    gold, _basic = MemberFactory(tier="gold"), MemberFactory()

    segment = made("tier = gold")

    assert inside(segment) == {gold}
    assert (segment.member_count, rule_text(segment)) == (1, 'tier = "gold"')
    assert SegmentMembership.objects.get().source == SegmentMembership.Source.RULE


def test_another_rule_is_another_version_and_the_same_rule_is_none() -> None:
    MemberFactory(tier="gold")
    silver = MemberFactory(tier="silver")
    segment = made("tier = gold")

    change_rule(segment=segment, rule=read_rule(text="tier = silver", may=everything), user=None)
    change_rule(segment=segment, rule=read_rule(text="tier = SILVER", may=everything), user=None)

    assert inside(segment) == {silver}
    assert list(segment.versions.values_list("number", flat=True)) == [2, 1]


def test_an_order_moves_its_member_with_the_next_micro_batch() -> None:
    member = MemberFactory()
    segment = made("bought(at_least: 1, within: 7d)")
    late = made("orders_30d = 0", name="Late")
    OrderFactory(member=member, placed_at=timezone.now() - timedelta(hours=1))
    mark_dirty(member_ids=[member.pk])

    refresh_changed_members()

    assert (inside(segment), inside(late)) == ({member}, set())


def test_a_consent_moves_its_member_too() -> None:
    member = MemberFactory()
    segment = made("consent.marketing.email = true")
    record_consent(member=member, purpose="marketing", channel="email", granted=True, source="test")

    refresh_changed_members()

    assert inside(segment) == {member}


def test_a_micro_batch_leaves_all_others_where_they_are() -> None:
    member, other = MemberFactory.create_batch(2, tier="gold")
    segment = made("tier = gold")
    Member.objects.update(tier="basic")

    refresh(segment=segment, among=[member.pk])

    assert inside(segment) == {other}
    assert Segment.objects.get().member_count == 1


def test_days_that_pass_take_members_out() -> None:
    member = MemberFactory()
    OrderFactory(member=member, placed_at=timezone.now())
    segment = made("bought(within: 7d)")
    assert inside(segment) == {member}

    with freeze_time(timezone.now() + timedelta(days=9)):
        refresh_dynamic_segments()

    assert inside(segment) == set()


def test_segments_are_refreshed_after_those_they_refer_to() -> None:
    gold = MemberFactory(tier="basic")
    last = made("tier = gold", name="Zz")
    first = made('segment("zz")', name="Aa")
    Member.objects.update(tier="gold")

    assert refresh_all() == 2
    assert [segment.key for segment in dependent_last()] == ["zz", "aa"]
    assert inside(last) == inside(first) == {gold}


def test_another_rule_reaches_the_segments_that_refer_to_it_within_a_minute() -> None:
    gold, silver = MemberFactory(tier="gold"), MemberFactory(tier="silver")
    first = made("tier = gold", name="First")
    chain = [made(f'segment("{name}")', name=f"After {name}") for name in ("first", "after-first")]
    change_rule(segment=first, rule=read_rule(text="tier = silver", may=everything), user=None)
    assert inside(chain[0]) == {gold}

    assert refresh_due() == 2
    assert inside(chain[0]) == inside(chain[1]) == {silver}
    assert refresh_due() == 0


def test_a_segment_of_a_model_reaches_those_that_refer_to_it_too() -> None:
    stay = SegmentMembershipFactory(segment__kind="model", segment__key="rfm")
    after = made('segment("rfm")')
    set_members(segment=stay.segment, member_ids=[], source=SegmentMembership.Source.MODEL, at=timezone.now())

    assert refresh_due() == 1
    assert inside(after) == set()


def test_a_refresh_of_single_members_leaves_the_moment_of_the_last_whole_one() -> None:
    segment = made("tier = gold")
    before = segment.refreshed_at
    member = MemberFactory(tier="gold")
    refresh(segment=segment, among=[member.pk])
    segment.refresh_from_db()

    assert inside(segment) == {member}
    assert segment.refreshed_at == before


def test_a_segment_whose_rule_cannot_be_read_keeps_its_members_and_holds_up_no_other() -> None:
    stay = SegmentMembershipFactory(segment__kind="dynamic", segment__key="a")
    SegmentVersion.objects.create(segment=stay.segment, number=1, rule={"version": 9})
    gone = SegmentFactory(kind="dynamic", key="b")
    SegmentVersion.objects.create(segment=gone, number=1, rule=to_json(parse("no_such_field = 1")))
    made("status = active")

    assert refresh_all() == 1
    assert inside(stay.segment) == {stay.member}


def test_a_rule_can_select_frozen_members_but_never_erased_ones() -> None:
    frozen = MemberFactory(status="frozen")
    MemberFactory(status="erased")

    assert inside(made("status = frozen or status != active or not tags is set")) == {frozen}


def test_a_segment_that_another_refers_to_is_not_deleted() -> None:
    base = made("tier = gold", name="Base")
    made('not segment("base")', name="Rest")

    with pytest.raises(Conflict, match="Rest"):
        delete_segment(segment=base)


def test_a_rules_segment_is_renamed_and_deleted() -> None:
    segment = made("tier = gold")
    assert update_segment(segment=segment, changes={"name": "New"}).name == "New"
    delete_segment(segment=segment)
    assert not Segment.objects.exists()


def test_a_preview_counts_and_shows_five_and_stores_nothing() -> None:
    MemberFactory.create_batch(7, tier="gold")

    result = preview(rule=read_rule(text="tier = gold", may=everything))

    assert (result.count, len(result.examples)) == (7, 5)
    assert not SegmentMembership.objects.exists()


def test_a_wrong_rule_says_everything_that_is_wrong() -> None:
    with pytest.raises(BadRule) as caught:
        read_rule(text="teir = gold or tier = golden", may=everything)

    assert [problem.suggestion for problem in caught.value.problems] == ["tier", "gold"]


def test_an_explanation_shows_each_condition_with_the_members_value() -> None:
    member = MemberFactory(tier="gold", country="US")
    OrderFactory(member=member, placed_at=timezone.now() - timedelta(days=2))
    segment = made("tier = gold and (country = CN or bought(at_least: 2, within: 30d))")

    explanation = explain_member(segment=segment, member=member, may=lambda field: field.name != "country")

    tier, group = explanation.parts
    country, bought = group.parts
    assert (explanation.kind, explanation.holds, group.kind, group.holds) == ("all", False, "any", False)
    assert (tier.holds, tier.value) == (True, "gold")
    assert (country.holds, country.value, country.hidden) == (False, "", True)
    assert (bought.holds, bought.value) == (False, {"times": 1})


def test_history_counts_by_day_and_ends_with_the_size_of_now() -> None:
    segment, now = SegmentFactory(), timezone.now()
    for entered, left in ((3, None), (3, 1), (0, None)):
        SegmentMembershipFactory(
            segment=segment,
            entered_at=now - timedelta(days=entered),
            exited_at=now - timedelta(days=left) if left else None,
        )

    days = history(segment=segment, days=4)

    assert [(day.entered, day.left, day.size) for day in days] == [(2, 0, 2), (0, 0, 2), (0, 1, 1), (1, 0, 2)]


def test_a_rule_that_takes_too_long_is_stopped() -> None:
    MemberFactory.create_batch(60)
    table = Member._meta.db_table
    slow = f"SELECT count(*) FROM {table} a, {table} b, {table} c, {table} d"

    with pytest.raises(Rejected, match="longer"), limited(seconds=0.05), connection.cursor() as cursor:
        cursor.execute(slow)

    assert Member.objects.count() == 60
