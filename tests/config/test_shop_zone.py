from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from celery import shared_task
from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.shop_zone import use_shop_zone
from membership.models import ShopSettings
from membership.models.shop import forget_shop
from tests.factories import AdminFactory, OrderFactory

pytestmark = pytest.mark.django_db
ORDER = """order_no,member_no,placed_at,sku,quantity,unit_price
A-1,M1,2026-03-01 08:30,TEA,1,4.00
"""


@pytest.fixture
def auckland() -> None:
    row = ShopSettings.objects.get(pk=1)
    row.time_zone, row.currency, row.country = "Pacific/Auckland", "NZD", "NZ"
    row.save()


@shared_task(name="tests.zone_now")
def zone_now() -> str:
    return timezone.get_current_timezone_name()


def test_a_page_shows_moments_in_the_shops_zone(auckland, client) -> None:
    client.force_login(AdminFactory())
    order = OrderFactory(placed_at=datetime(2026, 6, 1, 22, 15, tzinfo=UTC))

    page = client.get(f"/admin/membership/order/{order.pk}/change/").content.decode()

    assert "2026-06-02 10:15" in page


def test_a_task_works_in_the_shops_zone(auckland) -> None:
    assert zone_now.apply().get() == "Pacific/Auckland"


def test_a_change_is_followed_without_a_new_process(auckland) -> None:
    use_shop_zone()
    ShopSettings.objects.update(time_zone="UTC")
    forget_shop()

    use_shop_zone()

    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="copies the database into a file of its own")
@pytest.mark.django_db(transaction=True)
def test_a_command_without_variables_writes_right_times(auckland, tmp_path: Path) -> None:
    """The shop was set up with variables that this shell does not have."""
    stored = sqlite3.connect(tmp_path / "regulars.sqlite3")
    connection.connection.backup(stored)
    stored.close()
    (tmp_path / "orders.csv").write_text(ORDER, encoding="utf-8")
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")}

    subprocess.run(
        [sys.executable, "manage.py", "import_orders", str(tmp_path / "orders.csv")],
        cwd=settings.BASE_DIR,
        env=bare | {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
        capture_output=True,
        timeout=120,
    )

    with sqlite3.connect(tmp_path / "regulars.sqlite3") as there:
        rows = list(there.execute("SELECT placed_at, currency FROM membership_order"))
    assert rows == [("2026-02-28 19:30:00", "NZD")]
