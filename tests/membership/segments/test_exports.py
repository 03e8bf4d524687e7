"""Segments as files: what is in them, who may have them, and that it is noted."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from membership.models import Consent, MemberExport, Segment
from tests.api_client import key_client, staff_client
from tests.factories import (
    MemberFactory,
    ProductFactory,
    RecommendationFactory,
    SegmentFactory,
    SegmentMembershipFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def segment() -> Segment:
    segment = SegmentFactory(key="fans")
    for number in (1, 2):
        member = MemberFactory(
            member_no=f"M{number}",
            name=f"=cmd{number}",
            email=f"m{number}@example.com",
            phone=f"+1415555010{number}",
        )
        SegmentMembershipFactory(segment=segment, member=member)
    gone = MemberFactory(member_no="GONE", status="erased")
    SegmentMembershipFactory(segment=segment, member=gone)
    SegmentMembershipFactory(segment=segment, exited_at=timezone.now())
    return segment


def url(segment: Segment, **query: str) -> str:
    return f"/api/v1/segments/{segment.public_id}/export/?" + "&".join(f"{k}={v}" for k, v in query.items())


def body(answer) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_csv_holds_the_members_of_now_and_no_formula(segment):
    answer = key_client("segments:export").get(url(segment))
    exported = rows(body(answer))
    assert [row["member_no"] for row in exported] == ["M1", "M2"]
    assert (exported[0]["name"], exported[0]["phone"]) == ("'=cmd1", "+14155550101")
    assert answer["Content-Disposition"].startswith('attachment; filename="fans-members-')


def test_parquet_holds_the_same(segment):
    data = body(key_client("segments:export").get(url(segment, type="parquet")))
    table = pq.read_table(io.BytesIO(data)).to_pylist()
    assert [row["member_no"] for row in table] == ["M1", "M2"]
    assert table[0]["name"] == "=cmd1"  # nothing runs what Parquet holds
    assert table[0]["joined_at"].tzinfo is not None


def test_an_empty_segment_is_an_empty_file():
    empty = SegmentFactory()
    assert rows(body(key_client("segments:export").get(url(empty)))) == []
    data = body(key_client("segments:export").get(url(empty, type="parquet")))
    assert pq.read_table(io.BytesIO(data)).num_rows == 0


def test_a_mail_merge_has_products_reason_and_consent(segment, django_assert_max_num_queries):
    member = segment.memberships.get(member__member_no="M1").member
    bread, coffee, gone = ProductFactory(name="Bread"), ProductFactory(name="Coffee"), ProductFactory(stock=0)
    products = [
        {"product": gone.pk, "score": 3, "because": []},
        {"product": bread.pk, "score": 2, "because": [coffee.pk]},
    ]
    RecommendationFactory(member=member, products=products)
    for granted in (False, True):
        Consent.objects.create(
            member=member, purpose="marketing", channel="email", granted=granted, source="test",
            occurred_at=timezone.now(),
        )  # fmt: skip

    with django_assert_max_num_queries(14):
        exported = rows(body(key_client("segments:export").get(url(segment, content="mail-merge"))))

    assert (exported[0]["product_1"], exported[0]["sku_1"], exported[0]["product_2"]) == (
        "Bread",
        bread.sku,
        "",
    )
    assert "Coffee" in exported[0]["reason"]
    assert (exported[0]["consent_email"], exported[0]["consent_sms"]) == ("yes", "no")
    assert (exported[1]["product_1"], exported[1]["consent_email"]) == ("", "no")


def test_who_refuses_personal_recommendations_is_offered_none(segment):
    member = segment.memberships.get(member__member_no="M1").member
    RecommendationFactory(
        member=member, products=[{"product": ProductFactory().pk, "score": 1, "because": []}]
    )
    Consent.objects.create(member=member, purpose="profiling", channel="email", granted=False, source="test")
    exported = rows(body(key_client("segments:export").get(url(segment, content="mail-merge"))))
    assert exported[0]["product_1"] == ""


def test_every_export_is_noted_before_it_leaves(segment):
    key_client("segments:export").get(url(segment, type="parquet"))  # nothing of it was read
    note = MemberExport.objects.get()
    assert (note.segment_key, note.format, note.content, note.members) == ("fans", "parquet", "members", 2)
    assert "email" in note.columns
    assert note.by


def test_it_takes_leave_to_export(segment):
    wanted = ("membership.view_segment", "membership.view_member", "membership.add_memberexport")
    for missing in wanted:
        client = staff_client(*(name for name in wanted if name != missing))
        assert client.get(url(segment)).status_code == 403
    assert key_client("segments:read", "members:read").get(url(segment)).status_code == 403
    assert not MemberExport.objects.exists()
    assert staff_client(*wanted).get(url(segment)).status_code == 200
    assert MemberExport.objects.get().by_user is not None


def test_unknown_types_are_refused(segment):
    answer = key_client("segments:export").get(url(segment, type="xls"))
    assert answer.status_code == 400
    assert not MemberExport.objects.exists()
