"""Lists made this moment by a model in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from membership.models import Product
from recommendations.models import Surface
from recommendations.services.serving import live
from recommendations.services.serving.live import LiveList, live_list, warm_up
from registry.models import ModelVersion
from registry.services import versions
from tests.factories import NOON, MemberFactory, OrderFactory, OrderItemFactory
from tests.recommendations.conftest import Shop

LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def nothing_held() -> None:
    """What one test holds in memory is not there in the next."""
    live._masks.clear()
    live._versions.clear()


def products_of(made: LiveList | None) -> list[int]:
    return [] if made is None else [int(entry["product"]) for entry in made.entries]


def test_for_you_holds_the_product_of_the_taste_that_the_member_lacks(
    shop: Shop, live_version: ModelVersion
) -> None:
    member = shop.members[0]  # buys products 1, 2, 3; left out: 0

    made = live_list(member=member, surface=Surface.FOR_YOU, at=LATER)

    assert made is not None
    assert made.version == live_version
    assert products_of(made)[0] == shop.products[0].pk


def test_an_order_of_a_second_ago_counts(shop: Shop, live_version: ModelVersion) -> None:
    member, missing = shop.members[0], shop.products[0]
    OrderItemFactory(order=OrderFactory(member=member, placed_at=LATER), product=missing)

    after = live_list(member=member, surface=Surface.FOR_YOU, at=LATER + timedelta(seconds=1))

    assert missing.pk not in products_of(after)


def test_a_member_who_joined_after_training_gets_a_list_from_the_first_order_on(
    shop: Shop, live_version: ModelVersion
) -> None:
    member: Any = MemberFactory()
    assert products_of(live_list(member=member, surface=Surface.FOR_YOU, at=LATER)) == []
    OrderItemFactory(order=OrderFactory(member=member, placed_at=LATER), product=shop.products[1])

    made = live_list(member=member, surface=Surface.FOR_YOU, at=LATER + timedelta(seconds=1))

    taste = {product.pk for product in shop.products[:4]}
    assert products_of(made)[0] in taste - {shop.products[1].pk}


def test_buy_again_begins_with_what_the_member_buys(shop: Shop, live_version: ModelVersion) -> None:
    member = shop.members[0]  # buys products 1, 2, 3

    made = live_list(member=member, surface=Surface.BUY_AGAIN, at=LATER)

    assert set(products_of(made)[:3]) == {product.pk for product in shop.products[1:4]}


def test_what_cannot_be_sold_is_not_listed_once_the_mask_is_read_again(
    shop: Shop, live_version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, gone = shop.members[0], shop.products[0]
    assert gone.pk in products_of(live_list(member=member, surface=Surface.FOR_YOU, at=LATER))
    Product.objects.filter(pk=gone.pk).update(is_active=False)
    monkeypatch.setattr(live, "MASK_SECONDS", 0.0)

    assert gone.pk not in products_of(live_list(member=member, surface=Surface.FOR_YOU, at=LATER))


def test_without_a_live_model_there_is_no_list(shop: Shop) -> None:
    assert live_list(member=shop.members[0], surface=Surface.FOR_YOU, at=LATER) is None


def test_a_model_that_fails_is_logged_and_gives_no_list(
    shop: Shop, live_version: ModelVersion, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise ArithmeticError("a damaged array")

    loaded = versions.load_live("recommendations")
    monkeypatch.setattr(type(loaded.estimator), "with_history", broken)

    assert live_list(member=shop.members[0], surface=Surface.FOR_YOU, at=LATER) is None
    assert "cannot make a list for member" in caplog.text


def test_another_version_makes_its_own_list_and_is_held_in_memory(
    shop: Shop, live_version: ModelVersion, django_assert_num_queries: Any
) -> None:
    ModelVersion.objects.filter(pk=live_version.pk).update(status=ModelVersion.Status.RETIRED)
    retired = ModelVersion.objects.get(pk=live_version.pk)

    first = live_list(member=shop.members[0], surface=Surface.FOR_YOU, at=LATER, version=retired)
    held = live._versions[retired.pk]
    second = live_list(member=shop.members[0], surface=Surface.FOR_YOU, at=LATER, version=retired)

    assert products_of(first) == products_of(second) != []
    assert live._versions[retired.pk].estimator is held.estimator


def test_only_the_two_versions_used_last_are_held(shop: Shop, live_version: ModelVersion) -> None:
    copies = []
    for number in (11, 12, 13):
        copy = ModelVersion.objects.get(pk=live_version.pk)
        copy.pk, copy.number, copy.status = None, number, ModelVersion.Status.RETIRED
        copy.public_id = ModelVersion().public_id
        copy.save()
        copies.append(copy)
        live_list(member=shop.members[0], surface=Surface.FOR_YOU, at=LATER, version=copy)

    assert list(live._versions) == [copies[1].pk, copies[2].pk]


def test_a_version_whose_file_is_gone_gives_no_list(shop: Shop, live_version: ModelVersion) -> None:
    live_version.artefact_path = "recommendations/gone"

    made = live_list(member=shop.members[0], surface=Surface.FOR_YOU, at=LATER, version=live_version)

    assert made is None


def test_warming_up_loads_the_live_model_and_is_quiet_without_one(
    shop: Shop, live_version: ModelVersion, caplog: pytest.LogCaptureFixture
) -> None:
    versions._loaded.clear()
    warm_up()
    assert versions._loaded

    ModelVersion.objects.all().delete()
    versions._loaded.clear()
    warm_up()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
