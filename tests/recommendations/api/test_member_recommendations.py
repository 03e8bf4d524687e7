from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from membership.models import Event, Member
from recommendations.models import Surface
from tests.factories import (
    AdminFactory,
    ApiKeyFactory,
    MemberFactory,
    OrderItemFactory,
    ProductFactory,
    RecommendationFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def get(client: Client, member: Member, **query: Any) -> Any:
    return client.get(f"/api/v1/members/{member.public_id}/recommendations/", query)


def by_key(*scopes: str) -> Client:
    ApiKeyFactory(key="reg_secret", scopes=list(scopes))
    return Client(headers={"Authorization": "Api-Key reg_secret"})


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def of_member(member: Member) -> Client:
    """A client with the member's own token."""
    member.user = UserFactory()
    member.save()
    credentials = {"username": member.user.username, "password": "correct horse battery"}
    token = (
        Client().post("/api/v1/auth/token/", credentials, content_type="application/json").json()["access"]
    )
    return Client(headers={"Authorization": f"Bearer {token}"})


def stored_list(surface: str = Surface.FOR_YOU) -> tuple[Member, Any]:
    tea, biscuits = ProductFactory(name="Tea"), ProductFactory(name="Biscuits")
    row = RecommendationFactory(
        surface=surface, products=[{"product": biscuits.pk, "score": 0.75, "because": [tea.pk]}]
    )
    return row.member, row


def test_a_list_with_its_reasons_and_its_source():
    member, row = stored_list()
    answer = get(by_key("recommendations:read"), member).json()

    assert (answer["source"], answer["surface"]) == ("model", "for-you")
    assert answer["model_version"] == str(row.model_version)
    (product,) = answer["products"]
    assert (product["name"], product["score"]) == ("Biscuits", 0.75)
    assert product["reason"]["code"] == "because_bought"
    assert product["reason"]["text"] == "because of Tea"
    assert [named["name"] for named in product["reason"]["products"]] == ["Tea"]


def test_a_member_without_a_list_gets_what_is_popular():
    line = OrderItemFactory()
    answer = get(by_key("recommendations:read"), MemberFactory()).json()

    assert (answer["source"], answer["model_version"], answer["scored_at"]) == ("popular", None, None)
    assert [product["sku"] for product in answer["products"]] == [line.product.sku]


def test_the_surface_and_the_limit_are_the_callers():
    member = OrderItemFactory().member
    OrderItemFactory(order__member=member)
    client = by_key("recommendations:read")

    assert len(get(client, member, surface="buy-again").json()["products"]) == 2
    assert len(get(client, member, surface="buy-again", limit=1).json()["products"]) == 1


@pytest.mark.parametrize("query", [{"surface": "sideways"}, {"limit": 0}, {"limit": 21}, {"limit": "many"}])
def test_bad_queries_are_refused(query: dict[str, Any]):
    answer = get(by_key("recommendations:read"), MemberFactory(), **query)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] in query


def test_a_member_sees_only_their_own_list():
    member, _row = stored_list()
    client = of_member(member)

    assert get(client, member).json()["products"]
    assert get(client, MemberFactory()).status_code == 404


def test_who_may_not_see_lists():
    member, _row = stored_list()

    assert get(Client(), member).status_code == 401
    assert get(by_key("members:read"), member).status_code == 403
    assert get(logged_in(StaffFactory()), member).status_code == 403
    assert get(logged_in(AdminFactory(is_superuser=True)), member).status_code == 200


def test_members_who_are_unknown_or_erased_are_not_found():
    client = by_key("recommendations:read")

    assert client.get(f"/api/v1/members/{uuid.uuid4()}/recommendations/").status_code == 404
    assert get(client, MemberFactory(status=Member.Status.ERASED)).status_code == 404


def test_an_event_that_was_posted_changes_the_next_answer():
    member, _row = stored_list()
    looked_at = ProductFactory(name="Kettle")
    client = by_key("recommendations:read", "events:write")
    before = get(client, member)
    kept = get(client, member)
    event = {"member": str(member.public_id), "type": "view", "sku": looked_at.sku}
    moment = {"occurred_at": timezone.now().isoformat()}
    posted = client.post("/api/v1/events/", {**event, **moment}, content_type="application/json")
    after = get(client, member)

    assert posted.status_code < 300, posted.content
    assert before.content == kept.content
    assert [one["name"] for one in before.json()["products"]] == ["Biscuits"]
    assert {one["name"] for one in after.json()["products"]} == {"Biscuits", "Kettle"}
    assert after.json()["source"] == "live"
    assert after["ETag"] != before["ETag"]


def test_the_same_event_twice_is_one():
    member, _row = stored_list()
    looked_at = ProductFactory(name="Kettle")
    client = by_key("recommendations:read", "events:write")
    event = {"member": str(member.public_id), "type": "view", "sku": looked_at.sku}
    event["occurred_at"] = timezone.now().isoformat()
    for _ in range(2):
        client.post("/api/v1/events/", [event, event], content_type="application/json")

    assert Event.objects.filter(member=member).count() == 1
    assert get(client, member).status_code == 200
