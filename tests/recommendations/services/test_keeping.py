"""The mark that kept answers bear."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from membership.models import Product
from recommendations.models import Experiment, MerchandisingRule
from recommendations.services.keeping import GENERATION_KEY, forget_answers
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


def mark() -> object:
    return cache.get(GENERATION_KEY)


def test_the_mark_moves_each_time() -> None:
    assert mark() is None
    forget_answers()
    first = mark()
    forget_answers()
    assert first is not None
    assert mark() != first


def test_a_rule_that_is_written_changed_or_deleted_moves_it() -> None:
    marks = []
    rule = MerchandisingRule.objects.create(name="Pin", action="pin", product=ProductFactory(), amount=1)
    marks.append(mark())
    rule.name = "Other"
    rule.save()
    marks.append(mark())
    rule.delete()
    marks.append(mark())
    assert len(set(marks)) == 3


def test_an_experiment_moves_it() -> None:
    arms = [{"name": "a", "weight": 1, "model_version": None, "settings": {}}] * 2
    Experiment.objects.create(name="Test", surface="for-you", arms=arms)
    assert mark() is not None


@pytest.mark.parametrize(
    "marks", [{"min_age": 18}, {"countries": "AT"}, {"languages": "de"}, {"buy_again_days": 0}]
)
def test_a_product_that_is_not_for_everybody_moves_it(marks: dict[str, object]) -> None:
    product = ProductFactory()
    assert mark() is None
    Product.objects.filter(pk=product.pk).update(**marks)
    product.refresh_from_db()
    product.save()
    assert mark() is not None


def test_a_category_with_an_age_moves_it() -> None:
    CategoryFactory()
    assert mark() is None
    CategoryFactory(min_age=18)
    assert mark() is not None


def test_a_cache_that_does_not_answer_is_no_error(settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    forget_answers()
