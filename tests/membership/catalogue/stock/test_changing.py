"""Stock changed by hand, API, import or connection: kept with who, when and why."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from membership.catalogue.stock.changing import Cause, change_stock, keep_written, set_stock
from membership.errors import Conflict, Rejected
from membership.models import Product, StockMovement
from membership.models.catalogue.stock import Oversell
from membership.orders.moving import move_order
from tests.factories import ProductFactory
from tests.membership.orders.makers import taken
from tests.membership.orders.random_cases.stock_shop import oversell

pytestmark = pytest.mark.django_db
BY_ANN = Cause("api", who="ann", reason="counted")


def product(stock: int | None) -> Product:
    made: Product = ProductFactory(sku="TEA", stock=stock)
    return made


def stored() -> int | None:
    return Product.objects.get().stock


def test_a_stock_is_set_once_and_the_history_says_by_whom() -> None:
    tea = product(5)
    change = set_stock(product=tea, stock=8, cause=BY_ANN)
    again = set_stock(product=tea, stock=8, cause=BY_ANN)

    assert (stored(), again.movement) == (8, None)
    row = StockMovement.objects.get()
    assert row == change.movement
    assert (row.units, row.stock, row.source, row.who, row.reason) == (3, 8, "api", "ann", "counted")


def test_pieces_come_and_leave() -> None:
    tea = product(5)
    change_stock(product=tea, units=4, cause=BY_ANN)
    change_stock(product=tea, units=-9, cause=BY_ANN)

    assert stored() == 0
    assert list(StockMovement.objects.order_by("pk").values_list("units", "stock")) == [(4, 9), (-9, 0)]


def test_more_than_there_are_do_not_leave() -> None:
    with pytest.raises(Conflict, match="Of TEA only 5 are left"):
        change_stock(product=product(5), units=-6, cause=BY_ANN)
    assert (stored(), StockMovement.objects.count()) == (5, 0)


def test_a_stock_that_is_not_counted_is_set_before_it_changes() -> None:
    tea = product(None)
    with pytest.raises(Conflict, match="not counted"):
        change_stock(product=tea, units=1, cause=BY_ANN)
    set_stock(product=tea, stock=3, cause=BY_ANN)
    change_stock(product=tea, units=1, cause=BY_ANN)
    assert stored() == 4


def test_a_stock_may_be_counted_no_longer() -> None:
    set_stock(product=product(3), stock=None, cause=BY_ANN)
    assert (stored(), StockMovement.objects.get().units) == (None, -3)


@pytest.mark.parametrize("stock", [-1, 2**31])
def test_what_no_stock_can_be_is_rejected(stock: int) -> None:
    with pytest.raises(Rejected, match="whole number"):
        set_stock(product=product(3), stock=stock, cause=BY_ANN)


def test_what_an_import_wrote_is_kept_where_it_changed() -> None:
    tea, cup = product(3), ProductFactory(stock=4)
    Product.objects.filter(pk=tea.pk).update(stock=9)
    keep_written(before={tea.pk: 3, cup.pk: 4}, cause=Cause("import"))

    row = StockMovement.objects.get()
    assert (row.product, row.units, row.source) == (tea, 6, "import")


def test_ten_at_once_each_count(threaded_db: None) -> None:
    tea = product(3)

    def sell() -> object:
        try:
            return change_stock(product=tea, units=-1, cause=BY_ANN)
        except Conflict:
            return None
        finally:
            connection.close()

    done = _at_once(sell, times=10)

    assert sum(one is not None for one in done) == 3
    assert stored() == 0


def _at_once(work: Callable[[], object], *, times: int) -> list[object]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _n: work(), range(times)))


def test_deliveries_and_cancellations_of_waiting_orders_do_not_block_each_other(threaded_db: None) -> None:
    """A delivery holds the product and writes of orders; a cancellation holds its order, then the product."""
    oversell(Oversell.BACKORDER)
    tea = product(0)
    orders = [taken({"TEA": 2}) for _n in range(12)]

    def deliver() -> None:
        for _time in range(12):
            change_stock(product=tea, units=1, cause=BY_ANN)

    def cancel() -> None:
        for order in orders:
            move_order(order=order, status="cancelled", source="api")

    def closed(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(closed, (deliver, cancel)))

    stored_tea = Product.objects.get()
    assert (stored_tea.stock, stored_tea.backordered) == (12, 0)
