"""Planned promotions on their way from rows to the weeks they raise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from freezegun import freeze_time

from forecasts.features import load_sales, with_promotions
from forecasts.models import PlannedPromotion, ProductForecast, PromotionKind, StockAdvice
from forecasts.services.demand import known_sales, out_of_date, score_products
from forecasts.services.demand_training import train_candidate
from forecasts.services.promotions import plan_promotion
from forecasts.tasks import score_changed_demand
from learning.estimator import silent
from registry.models import ModelVersion
from registry.services import LoadedModel
from registry.services.versions import register_candidate, store_artefact
from tests.factories import NOON, CategoryFactory, MemberFactory, ProductFactory
from tests.forecasts.rhythm_shop import live_demand, order, rhythm_shop

pytestmark = pytest.mark.django_db
WEEKS = 24
MAILER, DISPLAY = (list(PromotionKind).index(PromotionKind(kind)) for kind in ("mailer", "display"))


def promote(product: Any, *, week: int, kind: str = "mailer", days: int = 7, **values: Any) -> None:
    """Promoted in the ``week``-th week from now on: negative ones are past."""
    first = NOON.date() + timedelta(days=7 * week)
    PlannedPromotion.objects.create(
        product=product, kind=kind, starts_on=first, ends_on=first + timedelta(days=days - 1), **values
    )


# --- rows to arrays ----------------------------------------------------------------------------------------
@pytest.fixture
def products() -> list[Any]:
    return rhythm_shop()[1]


def test_a_shop_that_never_promotes_has_no_promotions(products: list[Any]) -> None:
    sales = load_sales(as_of=NOON)
    assert with_promotions(sales, weeks_ahead=8) is sales


def test_a_promotion_counts_by_its_share_and_its_days_of_the_week(products: list[Any]) -> None:
    sales = load_sales(as_of=NOON)
    end = sales.n_weeks  # the week that begins with NOON's day is the first one ahead
    promote(products[0], week=-2, share=0.5)
    promote(products[1], week=1, days=9, kind="display")
    promote(products[2], week=300)
    extended = with_promotions(sales, weeks_ahead=8)

    assert extended.promotions is not None
    assert extended.promotions.shape == (3, end + 8, len(PromotionKind))
    expected = np.zeros_like(extended.promotions)
    expected[0, end - 2, MAILER] = 0.5
    expected[1, end + 1, DISPLAY] = 1.0
    expected[1, end + 2, DISPLAY] = 2 / 7
    np.testing.assert_allclose(extended.promotions, expected, atol=1e-6)


def test_promotions_of_one_kind_that_overlap_come_to_one_at_most(products: list[Any]) -> None:
    promote(products[0], week=0)
    PlannedPromotion.objects.create(
        product=products[0], kind="mailer", share=0.9, starts_on=NOON.date() + timedelta(days=1),
        ends_on=NOON.date() + timedelta(days=6),
    )  # fmt: skip
    sales = load_sales(as_of=NOON)
    planned = with_promotions(sales, weeks_ahead=8).promotions
    assert planned is not None
    assert planned[0, sales.n_weeks, MAILER] == 1.0


def test_weeks_for_which_little_is_planned_are_not_taken_for_free_of_promotions(products: list[Any]) -> None:
    for week in range(-8, 2):
        for product in products[:2]:
            promote(product, week=week)
    promote(products[2], week=5, share=0.3)
    sales = load_sales(as_of=NOON)
    planned = with_promotions(sales, weeks_ahead=8).planned(8)

    assert planned[:, :2].all()
    assert planned[:, 2:].sum() == 1
    assert planned[2, 5]


# --- learning and foretelling ------------------------------------------------------------------------------
@pytest.fixture
def promoted() -> list[Any]:
    """Six products that sell three times as much in weeks with a mailer; product n has one every 4 weeks."""
    member, category = MemberFactory(), CategoryFactory()
    products = [ProductFactory(category=category, stock=5) for _n in range(6)]
    for n, product in enumerate(products):
        for week in range(-WEEKS, 0):
            is_promoted = (week + n) % 4 == 0
            units = (6 + n) * (3 if is_promoted else 1)
            order(member, NOON + timedelta(days=7 * week + 6), product=product, units=units)
            if is_promoted:
                promote(product, week=week)
    return products


@pytest.fixture
def model(promoted: list[Any]) -> LoadedModel:
    with freeze_time(NOON):
        candidate = train_candidate(silent)
    artefact = store_artefact(family="demand", candidate=candidate)
    version: ModelVersion = register_candidate(family="demand", candidate=candidate, artefact=artefact)
    return LoadedModel(version=version, estimator=candidate.estimator)


@freeze_time(NOON)
def test_the_effect_of_a_planned_promotion_is_learned_from_past_ones(
    promoted: list[Any], model: LoadedModel
) -> None:
    promote(promoted[0], week=2)
    promote(promoted[1], week=2)
    score_products(loaded=model, as_of=timezone.now())
    weeks = ProductForecast.objects.filter(product=promoted[0]).order_by("week")
    means = [row.mean for row in weeks]

    assert means[2] > 1.5 * max(means[:2] + means[3:])
    assert model.version.metrics["promoted_share"] == pytest.approx(0.25, abs=0.01)


@freeze_time(NOON)
def test_a_promotion_that_is_planned_renews_its_product_and_no_other(
    promoted: list[Any], model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.services.load_live", lambda family: model)
    score_products(loaded=model, as_of=timezone.now() - timedelta(minutes=5))
    before = {row.pk: row.mean for row in ProductForecast.objects.all()}
    day = NOON.date() + timedelta(days=21)
    plan_promotion(product=promoted[0], draft={"kind": "mailer", "starts_on": day, "ends_on": day})
    assert out_of_date(at_most=10) == [promoted[0].pk]

    assert score_changed_demand() == 1
    changed = {row.product_id for row in ProductForecast.objects.all() if before.get(row.pk) != row.mean}
    assert changed == {promoted[0].pk}
    assert out_of_date(at_most=10) == []
    assert score_changed_demand() == 0


def test_what_is_planned_while_a_renewal_runs_stays_marked(products: list[Any]) -> None:
    model = live_demand()
    score_products(loaded=model, as_of=NOON)
    StockAdvice.objects.filter(product=products[0]).update(outdated_at=NOON)
    StockAdvice.objects.filter(product=products[1]).update(outdated_at=NOON + timedelta(seconds=5))
    score_products(loaded=model, as_of=NOON + timedelta(seconds=1))

    assert out_of_date(at_most=10) == [products[1].pk]


def test_the_same_sales_with_other_promotions_are_other_data(promoted: list[Any]) -> None:
    from forecasts.services.demand_training import _fingerprint

    before = _fingerprint(known_sales(as_of=NOON))
    promote(promoted[0], week=1)
    assert _fingerprint(known_sales(as_of=NOON)) != before
