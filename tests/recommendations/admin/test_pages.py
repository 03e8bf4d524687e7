"""The pages of this app beside its lists: two versions side by side, rules and their preview, charts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from learning.estimator import silent
from recommendations.admin.compare import SOURCES as SOURCE_WORDS
from recommendations.models import Experiment, MerchandisingRule, SimilarProduct
from recommendations.services.serving.member_lists import SOURCES
from recommendations.services.training import train_candidate
from registry.models import ModelVersion
from registry.services.versions import register_candidate, store_artefact
from tests.factories import (
    NOON,
    AdminFactory,
    CategoryFactory,
    MemberFactory,
    ModelVersionFactory,
    OrderItemFactory,
    ProductFactory,
    RecommendationFactory,
    SegmentMembershipFactory,
    StaffFactory,
)
from tests.recommendations.conftest import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return of_user(AdminFactory())


def of_user(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


COMPARE = "admin:recommendations_recommendation_compare"
PREVIEW = "admin:recommendations_merchandisingrule_preview"


class TestTwoVersions:
    def test_both_lists_stand_side_by_side(self, admin: Client, shop: Shop, live_version: ModelVersion):
        candidate = train_candidate(silent)
        artefact = store_artefact(family="recommendations", candidate=candidate)
        newer = register_candidate(family="recommendations", candidate=candidate, artefact=artefact)
        query: dict[str, Any] = {
            "member": shop.members[0].pk,
            "surface": "for-you",
            "left": newer.pk,
            "right": live_version.pk,
        }
        answer = admin.get(reverse(COMPARE), query)
        left, right = answer.context["columns"]

        assert (left.served.model_version, right.served.model_version) == (newer, live_version)
        assert left.lines[0].item.product == shop.products[0]
        assert left.lines[0].other_place == 1
        shown = answer.content.decode()
        assert "<h1>Compare two versions</h1>" in shown
        assert shown.count("made just now") == 2

    def test_every_source_of_a_list_has_words(self):
        assert set(SOURCE_WORDS) == set(SOURCES)

    def test_a_member_alone_is_enough(self, admin: Client, shop: Shop, live_version: ModelVersion):
        shown = page(admin, COMPARE, member=shop.members[0].pk)

        assert f"v{live_version.number}" in shown
        assert shop.products[0].name in shown

    def test_a_version_without_its_file_says_so(self, admin: Client):
        version = ModelVersionFactory()
        member = OrderItemFactory().member
        query = {"member": member.pk, "surface": "for-you", "left": version.pk, "right": version.pk}

        assert "its file may be missing" in page(admin, COMPARE, **query)

    def test_before_anything_is_chosen_it_asks(self, admin: Client):
        assert "Choose a member" in page(admin, COMPARE)

    def test_an_unknown_member_is_an_error_in_the_form(self, admin: Client):
        assert "Select a valid choice" in page(admin, COMPARE, member=10**6, surface="for-you")

    def test_only_those_who_may_see_lists(self):
        assert of_user(StaffFactory()).get(reverse(COMPARE)).status_code == 403
        assert of_user(StaffFactory(groups=["Support"])).get(reverse(COMPARE)).status_code == 200


class TestRules:
    def add(self, client: Client, **changes: Any) -> Any:
        given = {"name": "Christmas", "action": "hide", "is_active": "on", "amount": "", **changes}
        return client.post(reverse("admin:recommendations_merchandisingrule_add"), given)

    def test_marketing_writes_them(self):
        client = of_user(StaffFactory(groups=["Marketing"]))
        assert self.add(client, product=ProductFactory().pk).status_code == 302
        assert MerchandisingRule.objects.get().name == "Christmas"

    def test_support_only_looks(self):
        client = of_user(StaffFactory(groups=["Support"]))
        assert self.add(client, product=ProductFactory().pk).status_code == 403

    def test_mistakes_are_shown_and_nothing_is_saved(self, admin: Client):
        answer = self.add(admin, action="boost", amount="0.5", category=CategoryFactory().pk)

        assert "Give a factor above 1" in answer.content.decode()
        assert not MerchandisingRule.objects.exists()

    def test_the_list_says_which_hold_now(self, admin: Client):
        product = ProductFactory()
        common: dict[str, Any] = {"action": "hide", "product": product}
        MerchandisingRule.objects.create(name="a", **common)
        MerchandisingRule.objects.create(name="b", starts_at=timezone.now() + timedelta(days=1), **common)
        MerchandisingRule.objects.create(name="c", ends_at=timezone.now() - timedelta(days=1), **common)
        shown = page(admin, "admin:recommendations_merchandisingrule_changelist")

        for word in ("Holds", "Not yet", "Over"):
            assert word in shown

    def test_more_rules_cost_no_more_queries(
        self, admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ):
        for number in range(10):
            segment = SegmentMembershipFactory().segment
            MerchandisingRule.objects.create(
                name=str(number), action="hide", product=ProductFactory(), segment=segment
            )
        path = reverse("admin:recommendations_merchandisingrule_changelist")
        admin.get(path)
        with django_assert_max_num_queries(14):
            admin.get(path)

    def test_the_preview_shows_both_lists(self, admin: Client):
        first, second = ProductFactory(name="Tea"), ProductFactory(name="Milk")
        entries = [
            {"product": p.pk, "score": 1.0 - n / 10, "because": []} for n, p in enumerate((first, second))
        ]
        member = RecommendationFactory(products=entries).member
        MerchandisingRule.objects.create(name="x", action="hide", product=first)
        answer = admin.get(reverse(PREVIEW), {"member": member.pk, "surface": "for-you"})
        without, ruled = answer.context["columns"]

        assert [line.item.product for line in without.lines] == [first, second]
        assert [(line.item.product, line.moved) for line in ruled.lines] == [(second, 1)]
        assert "1 rule holds here now." in answer.content.decode()


class TestCharts:
    METRICS = {
        "score": 0.15,
        "live_score": 0.14,
        "surfaces": {"als": {"for-you": {"ndcg@10": 0.05}, "buy-again": {"ndcg@10": 0.1}}, "blend": {}},
    }

    def test_a_versions_page_draws_its_figures_with_an_axis(self, admin: Client):
        ModelVersionFactory(number=1, status="retired", metrics={"score": 0.1})
        version = ModelVersionFactory(number=2, metrics=self.METRICS)
        shown = page(admin, "admin:registry_modelversion_change", version.pk)

        assert shown.count('class="chart"') == 2
        assert "displayYAxis&quot;: true" in shown

    def test_the_chosen_models_figures_are_drawn_by_length_of_history(self, admin: Client):
        lengths = {"short": {"ndcg@10": 0.1}, "long": {"ndcg@10": 0.3}}
        version = ModelVersionFactory(metrics={"by_history_length": {"for-you": lengths}})
        shown = page(admin, "admin:registry_modelversion_change", version.pk)

        assert shown.count('class="chart"') == 1
        assert "NDCG@10 of the chosen model by length of history" in shown
        assert "[0.1, null, 0.3]" in shown

    def test_a_version_without_figures_draws_nothing(self, admin: Client):
        version = ModelVersionFactory(metrics={})

        assert 'class="chart"' not in page(admin, "admin:registry_modelversion_change", version.pk)


class TestProductPage:
    def test_it_shows_what_is_similar_and_bought_together(self, admin: Client):
        pasta, sauce, noodles = (ProductFactory(name=name) for name in ("Pasta", "Sauce", "Noodles"))
        for kind, other in (("together", sauce), ("similar", noodles)):
            entries = [{"product": other.pk, "score": 0.5}]
            SimilarProduct.objects.create(product=pasta, kind=kind, products=entries, scored_at=NOON)
        shown = page(admin, "product_page", pasta.pk)

        assert shown.index("Noodles") < shown.index("Bought together") < shown.index("Sauce")

    def test_it_costs_few_queries(self, admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries):
        product = ProductFactory()
        entries = [{"product": ProductFactory().pk, "score": 0.5} for _ in range(9)]
        for kind in ("together", "similar"):
            SimilarProduct.objects.create(product=product, kind=kind, products=entries, scored_at=NOON)
        path = reverse("product_page", args=(product.pk,))
        admin.get(path)
        with django_assert_max_num_queries(14):
            admin.get(path)

    def test_who_may_not_see_products_is_refused(self):
        assert (
            of_user(StaffFactory()).get(reverse("product_page", args=(ProductFactory().pk,))).status_code
            == 403
        )

    def test_an_unknown_product_is_not_found(self, admin: Client):
        assert admin.get(reverse("product_page", args=(10**6,))).status_code == 404


def test_an_experiments_page_shows_its_results(admin: Client):
    MemberFactory()
    experiment = Experiment.objects.create(
        name="Variety", surface="for-you", arms=[{"name": "as now"}, {"name": "varied"}]
    )
    shown = page(admin, "admin:recommendations_experiment_change", experiment.pk)

    assert "0.0 % (0.0 … 100.0 %)" in shown
