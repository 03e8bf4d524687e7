"""Promotions as they come in and go out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from forecasts.api.promotion_serializers import PromotionInput, PromotionOutput
from forecasts.models import PlannedPromotion
from tests.factories import ProductFactory

GIVEN: dict[str, Any] = {
    "product": "P-1", "kind": "display", "starts_on": "2026-03-02", "ends_on": "2026-03-08", "share": 0.5,
}  # fmt: skip


def test_days_become_dates_and_the_share_is_optional() -> None:
    serializer = PromotionInput(data={name: value for name, value in GIVEN.items() if name != "share"})
    assert serializer.is_valid()
    assert serializer.validated_data["starts_on"] == date(2026, 3, 2)
    assert "share" not in serializer.validated_data


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "fireworks"), ("starts_on", "soon"), ("ends_on", "2026-02-30"), ("share", 0), ("share", 1.5),
     ("note", "x" * 201), ("product", "")],
)  # fmt: skip
def test_a_wrong_value_is_named_by_its_field(field: str, value: object) -> None:
    serializer = PromotionInput(data={**GIVEN, field: value})
    assert not serializer.is_valid()
    assert set(serializer.errors) == {field}


@pytest.mark.django_db
def test_a_promotion_goes_out_with_the_ids_of_its_product() -> None:
    product = ProductFactory(sku="P-1")
    day = date(2026, 3, 2)
    row = PlannedPromotion.objects.create(
        product=product, kind="display", starts_on=day, ends_on=day, share=0.5
    )

    data = PromotionOutput(row).data

    assert (data["sku"], data["product"]) == ("P-1", str(product.public_id))
    assert (data["starts_on"], data["share"], data["note"]) == ("2026-03-02", 0.5, "")
