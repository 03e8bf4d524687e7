"""Long work whose worker is killed whole: it goes on or begins again, and ends as if nothing had happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from demo.files import DemoFiles, generate
from tests.shops import Shop, wait_until

pytestmark = pytest.mark.reliability

HOUSEHOLDS = 200
RESUMED_WITHIN_SECONDS = 15.0
ORDER_LINES = """
    SELECT o.order_no, i.line_no, p.sku, i.quantity, i.units, i.unit_price, o.total, o.is_fraud, m.member_no
    FROM membership_orderitem i
    JOIN membership_order o ON o.id = i.order_id
    JOIN membership_product p ON p.id = i.product_id
    JOIN membership_member m ON m.id = i.member_id
    ORDER BY o.order_no, i.line_no
"""
ORDER_IMPORT = "FROM membership_importreport WHERE kind = 'orders' AND status = 'running'"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return generate(
        directory=tmp_path_factory.mktemp("demo"),
        last_day=date(2026, 11, 23),
        time_zone="UTC",
        households=HOUSEHOLDS,
    )


def imported(shop: Shop, files: DemoFiles, *kinds: str) -> None:
    for kind in kinds:
        assert shop.manage(f"import_{kind}", str(files.path(kind))).wait(timeout=120) == 0, kind


def test_a_killed_import_is_resumed_and_ends_the_same(
    make_shop: Callable[..., Shop], shop: Shop, files: DemoFiles
) -> None:
    imported(shop, files, "products", "members")
    command = shop.manage("import_orders", str(files.path("orders")))
    wait_until(lambda: shop.number(f"SELECT rows_done {ORDER_IMPORT}") > 0, seconds=60, what="the first rows")
    command.kill()
    command.wait()
    assert shop.number(f"SELECT rows_done {ORDER_IMPORT}") > 0, "it was over before it could be killed"
    resumed = "SELECT attempts FROM membership_importreport WHERE kind = 'orders' AND attempts > 1"
    wait_until(lambda: shop.rows(resumed), seconds=RESUMED_WITHIN_SECONDS, what="the import taken over")
    ended = "SELECT 1 FROM membership_importreport WHERE kind = 'orders' AND status = 'succeeded'"
    wait_until(lambda: shop.rows(ended), seconds=90, what="the end of the import")
    undisturbed = make_shop()
    undisturbed.start()
    undisturbed.wait_until_serving()
    imported(undisturbed, files, "products", "members", "orders")
    assert shop.rows(ORDER_LINES) == undisturbed.rows(ORDER_LINES) != []
    undisturbed.end()


def test_a_killed_retrain_is_repeated_and_promotes_one_version(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(DEMO="1", DEMO_HOUSEHOLDS=str(HOUSEHOLDS))
    shop.start()
    shop.wait_until_serving()
    wait_until(lambda: is_set_up(shop.folder), seconds=480, what="the end of the set-up")
    before = versions_of(shop)
    assert before == (2, 1)  # the quick first model and the full one
    assert shop.manage("retrain", "recommendations").wait(timeout=60) == 0
    running = "FROM registry_trainingrun WHERE status = 'running' AND family = 'recommendations'"
    wait_until(lambda: shop.rows(f"SELECT id {running} AND progress > 0"), seconds=180, what="a retrain")
    run_id = shop.number(f"SELECT id {running}")
    shop.wait_for_process("-n", "training@").kill()
    taken_over = f"SELECT 1 FROM registry_trainingrun WHERE id = {run_id} AND attempts = 2"
    wait_until(lambda: shop.rows(taken_over), seconds=RESUMED_WITHIN_SECONDS, what="the retrain again")
    ended = f"SELECT status, attempts FROM registry_trainingrun WHERE id = {run_id} AND finished_at > 0"
    wait_until(lambda: shop.rows(ended), seconds=300, what="the end of the retrain")
    assert shop.rows(ended) == [("succeeded", 2)]
    assert versions_of(shop) == (3, 1)
    shop.end()


def versions_of(shop: Shop) -> tuple[object, ...]:
    """How many versions of the recommenders there are, and how many of them are live."""
    query = (
        "SELECT count(*), sum(status = 'live') FROM registry_modelversion WHERE family = 'recommendations'"
    )
    return shop.rows(query)[0]


def is_set_up(folder: Path) -> bool:
    return bool(json.loads((folder / "setup.json").read_text())["complete"])
