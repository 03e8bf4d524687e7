from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from recommendations.models import Experiment, Exposure
from tests.api_client import key_client, member_client, staff_client
from tests.factories import (
    EventFactory,
    MemberFactory,
    OrderItemFactory,
    ProductFactory,
    RecommendationFactory,
)

pytestmark = pytest.mark.django_db
ARMS = [{"name": "as now"}, {"name": "varied", "settings": {"diversity": 0.4}}]


def post(**changes: Any) -> Any:
    body = {"name": "Variety", "surface": "for-you", "arms": ARMS, **changes}
    return key_client("models:write").post("/api/v1/experiments/", body)


def running() -> Experiment:
    experiment = Experiment.objects.get(public_id=post().json()["id"])
    change(experiment, "running")
    return experiment


def change(experiment: Experiment, status: str) -> Any:
    path = f"/api/v1/experiments/{experiment.public_id}/"
    return key_client("models:write").patch(path, {"status": status})


def results(experiment: Experiment) -> Any:
    path = f"/api/v1/experiments/{experiment.public_id}/results/"
    return key_client("models:read").get(path).json()["arms"]


def test_an_experiment_is_made_started_and_ended():
    made = post()
    assert (made.status_code, made.json()["status"]) == (201, "draft")
    experiment = Experiment.objects.get()

    assert change(experiment, "running").json()["started_at"] is not None
    assert change(experiment, "running").status_code == 409
    assert change(experiment, "ended").json()["status"] == "ended"


def test_only_one_runs_on_a_surface():
    running()
    post()
    draft = Experiment.objects.filter(status="draft").get()

    assert change(draft, "running").status_code == 409


@pytest.mark.parametrize(
    ("arms", "field"),
    [
        (ARMS[:1], "arms"),
        ([*ARMS, {"name": "as now"}], "arms"),
        ([ARMS[0], {"name": "b", "model_version": 99}], "arms.1.model_version"),
        ([ARMS[0], {"name": "b", "settings": {"colour": 1}}], "arms.1.settings"),
        ([ARMS[0], {"name": "b", "settings": {"diversity": 5}}], "arms.1.settings"),
    ],
)
def test_what_is_wrong_with_arms_is_named(arms: list[Any], field: str):
    answer = post(arms=arms)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert not Experiment.objects.exists()


def test_members_meet_their_arm_and_what_they_do_is_credited():
    product = ProductFactory()
    member = RecommendationFactory(products=[{"product": product.pk, "score": 1.0, "because": []}]).member
    experiment = running()
    key_client("recommendations:read").get(f"/api/v1/members/{member.public_id}/recommendations/")
    shown = Exposure.objects.get()
    later = shown.shown_at + timedelta(minutes=5)
    EventFactory(member=shown.member, type="click", product=product, occurred_at=later)
    OrderItemFactory(order__member=shown.member, order__placed_at=later, product=product)
    OrderItemFactory(order__placed_at=later, product=product)  # somebody else
    by_name = {arm["name"]: arm for arm in results(experiment)}

    assert shown.arm in by_name
    assert (by_name[shown.arm]["members"], by_name[shown.arm]["ordered"]) == (1, 1)
    assert by_name[shown.arm]["clicked"] == 1
    other = next(arm for name, arm in by_name.items() if name != shown.arm)
    assert (other["members"], other["order_rate"]) == (0, {"value": 0.0, "low": 0.0, "high": 1.0})
    assert by_name["as now"]["over_control"] is None
    assert by_name["varied"]["over_control"]["low"] <= by_name["varied"]["over_control"]["high"]


def test_a_list_is_noted_once_a_day_with_its_version():
    row = RecommendationFactory(products=[{"product": ProductFactory().pk, "score": 1.0, "because": []}])
    client = key_client("recommendations:read")
    for limit in (1, 2, 3):
        client.get(f"/api/v1/members/{row.member.public_id}/recommendations/", {"limit": limit})
    shown = Exposure.objects.get()

    assert (shown.source, shown.model_version, shown.arm) == ("model", row.model_version, "")
    assert shown.products == [row.products[0]["product"]]
    assert shown.day == timezone.localdate()


def test_an_empty_list_is_not_noted():
    key_client("recommendations:read").get(f"/api/v1/members/{MemberFactory().public_id}/recommendations/")

    assert not Exposure.objects.exists()


def test_results_cost_the_same_however_many_members(
    django_assert_max_num_queries: DjangoAssertNumQueries,
):
    experiment = running()
    for _ in range(5):
        Exposure.objects.create(
            member=MemberFactory(), surface="for-you", day=timezone.localdate(), source="model",
            experiment=experiment, arm="as now", products=[1], shown_at=timezone.now(),
        )  # fmt: skip
    with django_assert_max_num_queries(8):
        assert results(experiment)[0]["members"] == 5


def test_who_may_see_and_make_them():
    assert member_client(MemberFactory()).get("/api/v1/experiments/").status_code == 403
    assert staff_client().get("/api/v1/experiments/").status_code == 403
    staff = staff_client("recommendations.view_experiment")
    assert staff.get("/api/v1/experiments/").status_code == 200
    assert staff.post("/api/v1/experiments/", {}).status_code == 403


def test_experiments_are_listed_with_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries):
    for _ in range(4):
        post()
    client = key_client("models:read")
    client.get("/api/v1/experiments/")  # the key notes its first use
    with django_assert_max_num_queries(2):
        assert len(client.get("/api/v1/experiments/").json()["results"]) == 4
