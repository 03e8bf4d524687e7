"""Rows about members who were merged: their number and what they gave up mean the member who was kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from importing.kinds.people import stored_people
from membership.members.consents import record_consent
from membership.models import Consent, Event, ImportReport, Member, Order
from tests.factories import MemberFactory, ProductFactory
from tests.importing.import_files import import_rows, order_line
from tests.membership.merges.people import allows, merge, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> tuple[Member, Member]:
    keep, other = pair()
    merge(keep, other)
    return keep, other


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def import_member(file: Path, **row: str) -> ImportReport:
    return import_rows("members", file, [row])


def same_person(report: ImportReport) -> bool:
    return (report.duplicate, report.flagged_by_reason) == (1, {"same_person": 1})


def test_those_whom_merged_ones_stand_for_are_there_too(people):
    keep, other = people
    last = MemberFactory.create()
    merge(last, keep)
    found = stored_people([{"member_no": "other", "email": None, "phone": None}])
    assert {person.id for person in found.all} == {keep.pk, other.pk, last.pk}
    assert found.stands_for(found.by_number["OTHER"]).id == last.pk


def test_a_row_with_the_merged_number_changes_nothing(file, people):
    keep, other = people
    report = import_member(file, member_no="OTHER", name="New Name", email="new@example.com", tags="vip")
    assert same_person(report)
    keep.refresh_from_db()
    other.refresh_from_db()
    assert (keep.name, keep.email, other.name) == ("Ann Lee", "ann@example.com", "A. Lee")
    assert Member.objects.count() == 2


def test_but_what_it_withdraws_is_withdrawn(file, people):
    keep, _other = people
    record_consent(member=keep, purpose="marketing", channel="email", granted=True, source="test")
    import_member(file, member_no="OTHER", email_consent="yes", sms_consent="yes")
    assert (allows(keep), allows(keep, ("marketing", "sms"))) == (True, None)
    import_member(file, member_no="OTHER", email_consent="no")
    assert allows(keep) is False


@pytest.mark.parametrize(
    "contact", [{"email": "lee@example.com"}, {"phone": "+12125550102", "name": "A. Lee"}]
)
def test_a_contact_that_was_given_up_finds_the_kept_member(file, people, contact):
    assert same_person(import_member(file, member_no="NEW", **contact))
    assert Member.objects.count() == 2


def test_a_file_that_still_has_the_given_up_address_does_not_bring_it_back(file, people):
    keep, _other = people
    report = import_member(file, member_no="KEEP", email="lee@example.com", name="Ann Roe")
    keep.refresh_from_db()
    assert (keep.email, keep.name) == ("ann@example.com", "Ann Roe")
    assert (report.updated, report.flagged_by_reason) == (1, {})


def test_another_member_does_not_get_it(file, people):
    MemberFactory.create(member_no="THIRD", email=None)
    report = import_member(file, member_no="THIRD", email="lee@example.com")
    assert report.flagged_by_reason == {"belongs_to_other": 1}


def test_a_file_without_dates_does_not_grant_what_a_merge_withdrew(file):
    keep, other = pair()
    record_consent(member=keep, purpose="marketing", channel="email", granted=True, source="import")
    record_consent(member=other, purpose="marketing", channel="email", granted=False, source="api")
    Consent.objects.filter(member=other).update(occurred_at="2020-01-01T00:00:00Z")
    merge(keep, other)
    assert allows(keep) is False
    import_member(file, member_no="KEEP", email_consent="yes")
    assert allows(keep) is False


def test_orders_and_events_by_number_and_by_address_go_to_the_kept_member(file, people):
    keep, _other = people
    sku = ProductFactory.create().sku
    rows = [
        order_line(order_no="O1", member_no="other", sku=sku),
        order_line(order_no="O2", member_no="Lee@example.com", sku=sku),
    ]
    assert import_rows("orders", file, rows).created == 2
    event = {"member_no": "OTHER", "type": "view", "sku": sku, "occurred_at": "2026-03-01 10:00"}
    import_rows("events", file, [event])
    assert list(Order.objects.values_list("member_id", flat=True)) == [keep.pk] * 2
    assert Event.objects.get().member_id == keep.pk


def test_after_a_chain_that_ends_in_an_erased_member_the_row_is_rejected(file, people):
    keep, _other = people
    Member.objects.filter(pk=keep.pk).update(status="erased", name="", email=None, phone=None)
    assert import_member(file, member_no="OTHER").rejected_by_reason == {"erased_member": 1}
    assert import_member(file, member_no="N", email="lee@example.com").rejected_by_reason == {
        "erased_member": 1
    }
