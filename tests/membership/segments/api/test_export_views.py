"""A segment's members as a file, over REST."""

from __future__ import annotations

import io

import pyarrow.parquet as pq
import pytest

from membership.models import MemberExport
from membership.segments.api.downloads import file_response
from membership.segments.exports import Export
from tests.api_client import key_client, nobody, staff_client
from tests.factories import MemberFactory, SegmentFactory, SegmentMembershipFactory

pytestmark = pytest.mark.django_db
NEEDED = ("membership.view_segment", "membership.view_member", "membership.add_memberexport")


@pytest.fixture
def url() -> str:
    segment = SegmentFactory(key="vip")
    SegmentMembershipFactory(segment=segment, member=MemberFactory(member_no="A1"))
    return f"/api/v1/segments/{segment.public_id}/export/"


def test_the_file_is_saved_and_never_kept_by_a_cache(url) -> None:
    answer = key_client("segments:export").get(url)

    assert answer["Content-Disposition"].startswith('attachment; filename="vip-members-')
    assert (answer["Cache-Control"], answer["Content-Type"]) == ("no-store", "text/csv; charset=utf-8")
    assert b"A1" in b"".join(answer)


def test_parquet_on_request(url) -> None:
    answer = key_client("segments:export").get(url, {"type": "parquet"})

    table = pq.read_table(io.BytesIO(b"".join(answer)))
    assert table["member_no"].to_pylist() == ["A1"]


def test_whoever_takes_members_out_is_noted(url) -> None:
    key_client("segments:export").get(url, {"content": "mail-merge"})

    row = MemberExport.objects.get()
    assert (row.segment_key, row.content, row.members, row.by_user) == ("vip", "mail-merge", 1, None)
    assert row.by.startswith("shop (reg_")


@pytest.mark.parametrize("missing", NEEDED)
def test_staff_need_all_three_permissions(url, missing) -> None:
    allowed = [one for one in NEEDED if one != missing]

    assert staff_client(*allowed).get(url).status_code == 403
    assert staff_client(*NEEDED).get(url).status_code == 200


def test_anonymous_requests_are_refused_and_nothing_is_recorded(url) -> None:
    assert nobody().get(url).status_code == 401
    assert key_client("segments:read").get(url).status_code == 403
    assert not MemberExport.objects.exists()


def test_a_file_is_sent_as_it_is_made() -> None:
    made: list[int] = []

    def chunks():
        for number in range(3):
            made.append(number)
            yield b"x"

    answer = file_response(Export("a.csv", "text/csv", chunks()))

    assert made == []
    assert b"".join(answer) == b"xxx"
