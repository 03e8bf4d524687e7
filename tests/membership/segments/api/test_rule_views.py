"""Segments kept by a rule over the API."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User

from membership.models import Segment, SegmentMembership
from membership.rules import running
from membership.rules.registry import segment_fields
from membership.rules.running import Run
from membership.segments.editing import previews as segment_preview
from tests.api_client import key_client, member_client, nobody, staff_client
from tests.factories import FraudAlertFactory, MemberFactory, SegmentFactory

pytestmark = pytest.mark.django_db

SEGMENTS = "/api/v1/segments/"
PREVIEW = f"{SEGMENTS}preview/"
SCOPES = ("segments:read", "segments:write", "members:read")


def test_a_preview_of_a_text_answers_with_count_examples_and_both_forms():
    gold = MemberFactory(tier="gold")
    MemberFactory()

    answer = key_client(*SCOPES).post(PREVIEW, {"text": "tier = gold"})

    assert answer.status_code == 200
    assert [answer.data[name] for name in ("count", "exact", "low", "high")] == [1, True, 1, 1]
    assert answer.data["examples"][0]["id"] == str(gold.public_id)
    again = key_client(*SCOPES).post(PREVIEW, {"rule": answer.data["rule"]})
    assert (again.data["count"], again.data["text"]) == (1, 'tier = "gold"')


def test_mistakes_come_with_column_and_suggestion():
    answer = key_client(*SCOPES).post(PREVIEW, {"text": "tier = gold and\nlast_ordr_at < -60d"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    (error,) = answer.json()["errors"]
    assert (error["line"], error["column"], error["suggestion"]) == (2, 1, "last_order_at")
    assert "did you mean `last_order_at`" in error["message"]


@pytest.mark.parametrize(
    "body", [{}, {"rule": 3}, {"rule": {"version": 1, "where": {"all": "x"}}}, {"text": ""}]
)
def test_what_is_no_rule_is_a_bad_request(body):
    assert key_client(*SCOPES).post(PREVIEW, body).status_code == 400


def test_a_segment_is_made_changed_and_looked_back_on():
    gold, silver = MemberFactory(tier="gold"), MemberFactory(tier="silver")
    client = key_client(*SCOPES)

    created = client.post(SEGMENTS, {"name": "Best", "text": "tier = gold"})
    url = f"{SEGMENTS}{created.data['id']}/"
    changed = client.patch(url, {"text": "tier = silver"}, headers={"if-match": created.headers["ETag"]})

    assert (created.status_code, created.data["kind"], created.data["text"]) == (
        201,
        "dynamic",
        'tier = "gold"',
    )
    assert (changed.status_code, changed.data["text"]) == (200, 'tier = "silver"')
    assert client.patch(url, {"name": "x"}, headers={"if-match": created.headers["ETag"]}).status_code == 412
    stays = SegmentMembership.objects.current()
    assert [stay.member for stay in stays] == [silver]
    back = client.get(f"{url}history/?days=2").data
    assert [version["text"] for version in back["versions"]] == ['tier = "silver"', 'tier = "gold"']
    assert [(day["entered"], day["left"], day["size"]) for day in back["days"]] == [(0, 0, 0), (2, 1, 1)]
    assert gold.segment_memberships.get().exited_at is not None


def test_a_wrong_rule_makes_no_segment():
    answer = key_client(*SCOPES).post(SEGMENTS, {"name": "Best", "text": "tear = gold"})
    assert (answer.status_code, answer.json()["errors"][0]["suggestion"]) == (400, "tier")
    assert not Segment.objects.exists()


def test_a_refresh_counts_members_added_and_removed():
    MemberFactory(tier="gold")
    client = key_client(*SCOPES)
    url = f"{SEGMENTS}{client.post(SEGMENTS, {'name': 'Best', 'text': 'tier = gold'}).data['id']}/refresh/"
    MemberFactory.create_batch(2, tier="gold")

    assert client.post(url).data == {"entered": 2, "left": 0, "member_count": 3}


def test_a_segment_kept_by_hand_has_nothing_to_refresh_or_explain():
    member, segment = MemberFactory(), SegmentFactory()
    url, client = f"{SEGMENTS}{segment.public_id}/", key_client(*SCOPES)
    assert client.post(f"{url}refresh/").status_code == 409
    assert client.get(f"{url}explain/?member={member.member_no}").status_code == 409


def test_a_member_is_explained_by_number_or_id():
    member = MemberFactory(tier="gold")
    client = key_client(*SCOPES)
    created = client.post(SEGMENTS, {"name": "Best", "text": "tier = gold and points >= 5"})
    url = f"{SEGMENTS}{created.data['id']}/explain/"

    answer = client.get(url, {"member": member.member_no})

    assert (answer.data["inside"], answer.data["holds"]) == (False, False)
    parts = answer.data["explanation"]["parts"]
    assert [(part["text"], part["holds"], part["value"]) for part in parts] == [
        ('tier = "gold"', True, "gold"),
        ("points >= 5", False, 0),
    ]
    assert client.get(url, {"member": str(member.public_id)}).status_code == 200
    assert client.get(url, {"member": "nobody"}).status_code == 404
    assert client.get(url).status_code == 400


def test_fraud_fields_need_their_permission():
    FraudAlertFactory()
    text = {"text": "open_alerts > 0"}
    assert key_client(*SCOPES).post(PREVIEW, text).status_code == 400
    assert key_client(*SCOPES, "fraud:read").post(PREVIEW, text).data["count"] == 1
    allowed = staff_client("membership.view_segment", "fraud.view_fraudalert")
    assert allowed.post(PREVIEW, text).data["count"] == 1
    assert staff_client("membership.view_segment").post(PREVIEW, text).status_code == 400


def test_anonymous_requests_and_members_are_refused():
    segment = SegmentFactory(kind="dynamic")
    for client, status in (
        (nobody(), 401),
        (member_client(MemberFactory()), 403),
        (key_client("members:read"), 403),
    ):
        assert client.post(PREVIEW, {"text": "tier = gold"}).status_code == status
        assert client.get(f"{SEGMENTS}{segment.public_id}/history/").status_code == status


def test_every_field_answers_something_about_a_shop():
    MemberFactory(tier="gold")
    client = key_client(*{*SCOPES, *(field.scope for field in segment_fields().values())})
    for name in segment_fields():
        known, unknown = (
            client.post(PREVIEW, {"text": f"{name} is {word}"}).data["count"] for word in ("set", "unset")
        )
        assert known + unknown == 1, name


def test_a_list_of_segments_takes_as_many_queries_as_one(django_assert_max_num_queries):
    client = key_client(*SCOPES)
    for number in range(5):
        client.post(SEGMENTS, {"name": f"S{number}", "text": "tier = gold"})
    with django_assert_max_num_queries(5):
        assert len(client.get(SEGMENTS).data["results"]) == 5


def test_a_slow_preview_is_an_estimate_and_the_exact_count_comes_on_request(monkeypatch):
    MemberFactory.create_batch(30, tier="gold")
    MemberFactory.create_batch(30)
    in_time = segment_preview._counted

    def counted(rule, *, seconds, run):
        if seconds == segment_preview.QUICK_SECONDS:
            raise running.TooSlow("too slow")
        return in_time(rule, seconds=seconds, run=run)

    monkeypatch.setattr(segment_preview, "_counted", counted)
    monkeypatch.setattr(segment_preview, "SAMPLE", 40)
    client = key_client(*SCOPES)

    first = client.post(PREVIEW, {"text": "tier = gold", "ticket": "t"}).data
    then = client.post(PREVIEW, {"text": "tier = gold", "ticket": "t", "exact": True}).data

    assert (first["exact"], then["exact"], then["count"]) == (False, True, 30)
    assert first["low"] <= 30 <= first["high"]


def test_a_preview_is_stopped_by_its_own_asker_only():
    mine, others = key_client(*SCOPES), staff_client("membership.view_segment")
    run = Run(f"user-{User.objects.latest('pk').pk}:t")

    assert mine.delete(f"{PREVIEW}?ticket=t").status_code == 204
    assert not run.is_stopped()
    assert others.delete(f"{PREVIEW}?ticket=t").status_code == 204
    assert run.is_stopped()
    assert mine.delete(PREVIEW).status_code == 400


def test_an_overlap_names_each_pair(django_assert_max_num_queries):
    MemberFactory.create_batch(2, tier="gold", country="US")
    MemberFactory(tier="gold", country="CN")
    client = key_client(*SCOPES)
    ids = [
        client.post(SEGMENTS, {"name": name, "text": text}).data["id"]
        for name, text in (("Gold", "tier = gold"), ("US", "country = US"))
    ]

    with django_assert_max_num_queries(6):
        response = client.get(f"{SEGMENTS}overlap/?segments={','.join(ids)}")

    assert [segment["members"] for segment in response.data["segments"]] == [3, 2]
    assert [(pair["both"], round(pair["jaccard"], 2)) for pair in response.data["pairs"]] == [(2, 0.67)]
    assert (response.data["in_all"], response.data["in_any"]) == (2, 3)


@pytest.mark.parametrize(("query", "status"), [("x", 400), (str(uuid.UUID(int=7)), 404), ("", 400)])
def test_an_overlap_of_nothing_known_is_refused(query, status):
    assert key_client(*SCOPES).get(f"{SEGMENTS}overlap/?segments={query}").status_code == status


def test_a_member_is_put_on_top_of_a_rule_and_released():
    gold = MemberFactory(tier="gold")
    client = key_client(*SCOPES)
    url = f"{SEGMENTS}{client.post(SEGMENTS, {'name': 'Gold', 'text': 'tier = gold'}).data['id']}/"

    out = client.post(f"{url}members/", {"remove": [gold.member_no]}).data
    why = client.get(f"{url}explain/?member={gold.member_no}").data
    back = client.post(f"{url}members/", {"release": [gold.member_no]}).data

    assert (out["left"], out["member_count"], back["entered"]) == (1, 0, 1)
    assert (why["inside"], why["holds"], why["by_hand"]) == (False, True, "out")
