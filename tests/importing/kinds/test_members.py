from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.db.models.functions import Upper

from membership.models import ImportReport, Member, MemberFeatures, Tag
from tests.factories import MemberFactory
from tests.importing.import_files import (
    balanced,
    import_rows,
    rejected_rows,
)

pytestmark = pytest.mark.django_db

MEMBER = {
    "member_no": "M7",
    "name": "  Kim   Lee ",
    "email": "Kim.Lee@Example.COM",
    "phone": "(212) 555-0123",
    "birth_date": "1990-02-03",
    "country": "United States",
    "language": "zh_CN",
    "joined_at": "2025-05-01 09:00",
    "tier": "Gold",
    "tags": "VIP; early bird,vip",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def import_members(file: Path, *rows: dict[str, str]) -> ImportReport:
    return import_rows("members", file, [{**MEMBER, **row} for row in rows])


def test_a_member_is_stored_clean(file):
    import_members(file, {})
    member = Member.objects.get()
    assert (member.name, member.email, member.phone) == ("Kim Lee", "kim.lee@example.com", "+12125550123")
    assert (member.birth_date, member.country, member.language) == (date(1990, 2, 3), "US", "zh-hans")
    assert (member.joined_at, member.tier) == (datetime(2025, 5, 1, 9, tzinfo=UTC), "gold")
    assert sorted(member.tags.values_list("name", flat=True)) == ["early bird", "vip"]
    assert MemberFeatures.objects.get(member=member).dirty_at


def test_the_shop_zone_is_meant_where_a_file_has_none(file, settings):
    settings.TIME_ZONE = "America/New_York"
    import_members(file, {"joined_at": "2025-07-01 09:00"})
    assert Member.objects.get().joined_at == datetime(2025, 7, 1, 13, tzinfo=UTC)


def test_a_phone_is_read_with_its_members_country(file):
    import_members(file, {"country": "Deutschland", "phone": "030 1234567"})
    assert Member.objects.get().phone == "+49301234567"


def test_unusable_details_are_left_empty_and_reported(file):
    report = import_members(
        file, {"email": "no address", "phone": "12", "country": "Atlantis", "tier": "royal"}
    )
    member = Member.objects.get()
    assert (member.email, member.phone, member.country, member.tier) == (None, None, "", "basic")
    left = ("email_left_empty", "phone_left_empty", "country_left_empty", "tier_left_empty")
    assert report.flagged_by_reason == dict.fromkeys(left, 1)
    assert {row["outcome"] for row in rejected_rows(report)} == {"remark"}
    assert (report.created, report.rejected) == (1, 0)


def test_gaps_are_filled_by_rule_and_counted(file):
    report = import_members(file, {"joined_at": "", "tier": "", "country": "", "phone": "+49 30 1234567"})
    member = Member.objects.get()
    assert (member.joined_at, member.tier, member.country) == (None, "basic", "DE")
    assert report.imputed_by_field == {"tier": 1, "country": 1}


@pytest.mark.parametrize(
    "twin",
    [
        {"email": "KIM.LEE@example.com", "phone": ""},
        {"email": "", "phone": "+1 212 555 0123"},
        {"email": "other@example.com", "phone": "212-555-0123"},
    ],
)
@pytest.mark.parametrize("same_file", [True, False])
def test_one_person_under_two_numbers_is_one_member(file, twin, same_file):
    twin = {"member_no": "M8", **twin}
    if same_file:
        report = import_members(file, {}, twin)
    else:
        import_members(file, {})
        report = import_members(file, twin)
    assert Member.objects.get().member_no == "M7"
    assert (report.duplicate, report.flagged_by_reason) == (1, {"same_person": 1})
    assert rejected_rows(report)[0]["reason"].endswith("M7")
    assert balanced(report)


def test_a_known_number_updates_what_the_file_gives(file):
    import_members(file, {})
    report = import_members(file, {"member_no": "m7", "name": "", "email": "new@example.com", "tags": "new"})
    member = Member.objects.get()
    assert (member.name, member.email, member.member_no) == ("Kim Lee", "new@example.com", "M7")
    assert member.tags.count() == 3
    assert (report.updated, report.created) == (1, 0)


def test_the_same_members_again_are_duplicates(file):
    import_members(file, {})
    assert import_members(file, {}).duplicate == 1


def test_an_address_of_another_member_is_not_taken_over(file):
    MemberFactory.create(member_no="M1", email="taken@example.com")
    import_members(file, {})
    report = import_members(file, {"email": "taken@example.com", "name": "Kim Li"})
    assert report.flagged_by_reason == {"belongs_to_other": 1}
    member = Member.objects.get(member_no="M7")
    assert (member.email, member.name) == ("kim.lee@example.com", "Kim Li")


def test_an_erased_member_stays_as_it_is(file):
    MemberFactory.create(member_no="M7", name="", email=None, phone=None, status="erased")
    report = import_members(file, {})
    assert report.rejected_by_reason == {"erased_member": 1}
    assert Member.objects.get(member_no="M7").email is None


def test_a_renamed_tag_is_not_made_again(file: Path) -> None:
    import_members(file, {"tags": "vip"})
    tag = Tag.objects.get(name="vip")
    tag.name = "best"
    tag.save()

    report = import_members(file, {"tags": "vip"})

    assert list(Member.objects.get().tags.all()) == [tag]
    assert (list(Tag.objects.all()), report.duplicate) == ([tag], 1)


def test_a_number_in_other_capitals_is_found_by_an_index() -> None:
    same = Member.objects.annotate(capitals=Upper("member_no")).filter(capitals__in=["M1", "M2"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "member_number_in_capitals" in same.explain()
