from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from recommendations.models import Recommendation
from tests.factories import (
    AdminFactory,
    MemberFactory,
    ModelVersionFactory,
    ProductFactory,
    RecommendationFactory,
)

pytestmark = pytest.mark.django_db
LIST = "admin:recommendations_recommendation_changelist"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(AdminFactory())
    return client


def row(*names: str, member_no: str = "M1") -> Recommendation:
    version = ModelVersionFactory._meta.model.objects.first() or ModelVersionFactory()
    entries = [{"product": ProductFactory(name=name).pk, "score": 0.5, "because": []} for name in names]
    return RecommendationFactory(
        member=MemberFactory(member_no=member_no), products=entries, model_version=version
    )


def test_the_list_names_the_best_products(admin: Client):
    row("Tea", "Milk", "Honey", "Bread")
    page = admin.get(reverse(LIST)).content.decode()

    assert "Tea · Milk · Honey" in page
    assert "Bread" not in page


def test_the_columns_are_chinese_in_chinese(admin: Client):
    row("Tea", member_no="M77")
    page = admin.get(reverse(LIST), headers={"accept-language": "zh-hans"}).content.decode()

    assert "Tea" in page
    assert ">Member<" not in "".join(page.split())


def test_members_are_found_by_their_number(admin: Client):
    row("Tea", member_no="M77")
    row("Milk", member_no="X9")
    page = admin.get(reverse(LIST), {"q": "m77"}).content.decode()

    assert "Tea" in page
    assert "Milk" not in page


def test_more_rows_cost_no_more_queries(admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries):
    for number in range(12):
        row("Tea", member_no=f"M{number}")
    admin.get(reverse(LIST))  # what the first page alone looks up
    with django_assert_max_num_queries(16):
        admin.get(reverse(LIST))


def test_one_row_shows_its_products_and_reasons(admin: Client):
    stored = row("Tea", "Milk")
    page = admin.get(
        reverse("admin:recommendations_recommendation_change", args=[stored.pk])
    ).content.decode()

    assert "Tea" in page
    assert "popular with other members" in page


def test_rows_can_be_neither_added_nor_deleted(admin: Client):
    stored = row("Tea")

    assert admin.get(reverse("admin:recommendations_recommendation_add")).status_code == 403
    assert (
        admin.post(reverse("admin:recommendations_recommendation_delete", args=[stored.pk])).status_code
        == 403
    )
