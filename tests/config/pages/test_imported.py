from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from config.pages.imported import imported_totals, is_empty_shop
from membership.models import ImportReport
from tests.factories import AdminFactory, MemberFactory, OrderFactory, StaffFactory

pytestmark = pytest.mark.django_db


def imported(**values: Any) -> ImportReport:
    return ImportReport.objects.create(
        kind="orders", file_name="a.csv", file_path="a", file_sha256="0" * 64, status="succeeded",
        **{"finished_at": timezone.now(), **values},
    )  # fmt: skip


def home(client: Any, user: Any = None) -> str:
    client.force_login(user or AdminFactory.create())
    return client.get("/admin/").content.decode()  # type: ignore[no-any-return]  # the client is untyped


def test_an_empty_shop_leads_to_imports(client: Any) -> None:
    assert is_empty_shop()
    html = home(client)
    assert "Import your products, customers and orders" in html
    assert "/admin/imports/new/" in html


def test_a_shop_with_members_does_not(client: Any) -> None:
    MemberFactory.create()
    assert "Import your products, customers and orders" not in home(client)


def test_staff_who_may_not_import_are_not_led_there(client: Any) -> None:
    assert "Import your products, customers and orders" not in home(client, StaffFactory.create())


def test_the_demo_shop_is_no_shop_of_ones_own(client: Any, settings: Any) -> None:
    settings.DEMO_DIR.mkdir(parents=True)
    (settings.DEMO_DIR / "manifest.json").write_text("{}")
    imported()
    html = home(client)
    assert "Import your products, customers and orders" not in html
    assert "all imports together" not in html


def test_the_home_page_shows_what_the_imports_came_to(client: Any) -> None:
    imported()
    for total, status in (
        (Decimal("10.10"), "paid"),
        (Decimal("20.20"), "completed"),
        (Decimal(5), "cancelled"),
    ):
        OrderFactory.create(total=total, status=status, currency="USD")
    OrderFactory.create(total=Decimal(7), status="paid", currency="EUR")
    totals = imported_totals()
    assert totals is not None
    assert (totals["orders"], totals["net_sales"]) == (3, ["$30.30", "€7.00"])
    assert "$30.30" in home(client)


def test_an_import_that_does_not_say_when_it_ended_counts() -> None:
    imported(finished_at=None)
    assert imported_totals() is not None


def test_a_check_alone_has_brought_nothing() -> None:
    imported(dry_run=True)
    assert imported_totals() is None


def test_totals_are_counted_again_after_the_next_import() -> None:
    imported()
    assert imported_totals() == {"members": 0, "products": 0, "orders": 0, "net_sales": []}
    MemberFactory.create()
    imported()
    totals = imported_totals()
    assert totals is not None
    assert totals["members"] == 1
