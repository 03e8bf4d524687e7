"""Names that were given up."""

from __future__ import annotations

import pytest

from membership.models import ProductFormerSku, TagFormerName
from tests.factories import ProductFactory, TagFactory

pytestmark = pytest.mark.django_db


def test_a_renamed_tag_keeps_its_former_name() -> None:
    tag = TagFactory(name="vip")
    tag.name = "best"
    tag.save()
    tag.save()

    assert dict(TagFormerName.objects.values_list("name", "tag__name")) == {"vip": "best"}


def test_a_changed_sku_stays_as_a_former_one_until_another_product_takes_it() -> None:
    product = ProductFactory(sku="A-1")
    product.sku = "A-2"
    product.save()
    assert dict(ProductFormerSku.objects.values_list("sku", "product__sku")) == {"A-1": "A-2"}

    ProductFactory(sku="A-1")

    assert not ProductFormerSku.objects.exists()


def test_who_takes_the_old_name_back_has_no_former_one_of_it() -> None:
    tag = TagFactory(name="vip")
    for name in ("best", "vip"):
        tag.name = name
        tag.save()

    assert [str(row) for row in TagFormerName.objects.all()] == ["best"]


def test_other_changes_of_a_product_ask_nothing_more(django_assert_num_queries) -> None:
    product = ProductFactory()

    with django_assert_num_queries(1):
        product.save(update_fields=("stock",))
