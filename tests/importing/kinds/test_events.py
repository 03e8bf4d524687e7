from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from membership.models import Event, Member, Product
from tests.factories import EventFactory, OrderFactory, OrderItemFactory
from tests.importing.import_files import (
    import_rows,
    stock_shop,
)

pytestmark = pytest.mark.django_db

EVENT = {
    "member_no": "M1",
    "type": "Add to cart",
    "sku": "milk",
    "occurred_at": "2026-03-02T12:00:00Z",
    "session": "s",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_events_are_stored_once(file):
    stock_shop()
    rows = [EVENT, EVENT, {**EVENT, "type": "search", "sku": ""}, {**EVENT, "type": "search", "sku": ""}]
    report = import_rows("events", file, rows)
    assert (report.created, report.duplicate) == (2, 2)
    assert import_rows("events", file, rows).duplicate == 4
    assert set(Event.objects.values_list("type", "product__sku")) == {("cart", "milk"), ("search", None)}


def test_events_that_the_shop_sent_itself_are_not_repeated(file):
    stock_shop()
    member, product = Member.objects.get(member_no="M1"), Product.objects.get(sku="milk")
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    EventFactory.create(member=member, product=product, type="cart", occurred_at=moment, session="s")
    assert import_rows("events", file, [EVENT]).duplicate == 1


def test_events_of_unknown_members_and_products_are_rejected(file):
    stock_shop()
    rows = [{**EVENT, "member_no": "?"}, {**EVENT, "sku": "?"}, {**EVENT, "type": "sneeze"}]
    report = import_rows("events", file, rows)
    assert report.rejected_by_reason == {"unknown_member": 1, "unknown_sku": 1, "not_a_choice": 1}
    assert not Event.objects.exists()


def test_a_gift_marks_the_line_that_it_means(file):
    stock_shop()
    member, milk = Member.objects.get(member_no="M1"), Product.objects.get(sku="milk")
    moment = datetime(2026, 3, 2, 10, tzinfo=UTC)
    line = OrderItemFactory.create(order=OrderFactory.create(member=member, placed_at=moment), product=milk)
    gift = {**EVENT, "type": "gift"}
    report = import_rows("events", file, [gift, {**gift, "sku": "bread"}])
    line.refresh_from_db()

    assert (report.created, report.flagged_by_reason) == (2, {"gift_without_line": 1})
    assert line.is_gift
