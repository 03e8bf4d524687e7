from __future__ import annotations

import pytest

from membership.errors import Rejected
from membership.members.figures import refresh_features
from membership.models import MemberFeatures, ShopSettings
from membership.shop import changing
from membership.shop.changing import ShopDraft, change_shop, write_first_settings
from tests.factories import NOON, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db
FIRST = ShopDraft("UTC", "USD", "US")


def stored() -> str:
    row = ShopSettings.objects.get()
    return f"{row.time_zone} {row.currency} {row.country}"


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(changing, "_followers", [lambda before, now: calls.append((before, now))])
    return calls


def test_the_first_settings_are_what_the_environment_said(settings, followed) -> None:
    ShopSettings.objects.all().delete()
    settings.TIME_ZONE, settings.SHOP_CURRENCY, settings.SHOP_COUNTRY = "Asia/Shanghai", "CNY", "CN"

    write_first_settings()

    assert stored() == "Asia/Shanghai CNY CN"
    assert followed == [("", "Asia/Shanghai")]


def test_a_later_environment_changes_nothing(settings, followed) -> None:
    settings.TIME_ZONE, settings.SHOP_CURRENCY = "Asia/Shanghai", "CNY"

    write_first_settings()

    assert stored() == "UTC USD US"
    assert followed == []


def test_another_zone_marks_all_figures_and_is_followed(followed) -> None:
    member = MemberFactory()
    refresh_features(as_of=NOON)
    MemberFeatures.objects.update(dirty_at=None)

    assert change_shop(draft=ShopDraft("Pacific/Auckland", "USD", "US")) == ["time_zone"]

    assert MemberFeatures.objects.get(member=member).dirty_at is not None
    assert followed == [("UTC", "Pacific/Auckland")]


def test_the_same_settings_confirm_and_mark_nobody(followed) -> None:
    MemberFeatures.objects.create(member=MemberFactory())

    assert change_shop(draft=FIRST) == []

    assert ShopSettings.objects.get().confirmed_at is not None
    assert not MemberFeatures.objects.exclude(dirty_at=None).exists()
    assert followed == []


def test_the_currency_of_an_empty_shop_may_change() -> None:
    change_shop(draft=ShopDraft("UTC", "NZD", "NZ"))

    assert stored() == "UTC NZD NZ"


def test_the_currency_of_a_shop_with_orders_stays_and_the_refusal_says_why() -> None:
    OrderFactory()

    with pytest.raises(Rejected, match="would silently mean another money") as refusal:
        change_shop(draft=ShopDraft("Pacific/Auckland", "NZD", "NZ"))

    assert refusal.value.errors[0].field == "currency"
    assert stored() == "UTC USD US"
