"""After any change of an order, with real workers: figures, segments, stock and lists follow within seconds.

In the shape of the environment: with DATABASE_URL and REDIS_URL on PostgreSQL and Redis. ``-s`` prints how
long each change took.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.shops import Services, Shop, wait_until

pytestmark = pytest.mark.reliability

WITHIN_SECONDS = 5.0
SECRET = "reg_only-for-tests"  # no secret of anything
SET_UP = f"""
from decimal import Decimal
from membership.members.figures import mark_dirty
from membership.models import ApiKey, Category, Member, Product
from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.segments.by_rule import create_rule_segment
ApiKey.objects.create(
    name="test", prefix="reg", key_hash=ApiKey.hash_of("{SECRET}"),
    scopes=["orders:write", "orders:read", "members:read", "recommendations:read"],
)
tea = Category.objects.create(name="Tea", path="Tea")
for sku, price in (("TEA", "10.00"), ("CUP", "30.00"), ("POT", "50.00")):
    Product.objects.create(sku=sku, name=sku, price=Decimal(price), currency="USD", stock=100, category=tea)
members = [Member.objects.create(member_no=number, name=number) for number in ("A1", "B2")]
mark_dirty(member_ids=[member.pk for member in members])
for key, text in (("spender", "spend_30d >= 40"), ("buyer", "orders_30d >= 1")):
    rule = read_rule(text=text, may=everything)
    create_rule_segment(draft={{"key": key, "name": key}}, rule=rule, user=None)
print(members[0].public_id)
"""
FIGURES = """
    SELECT f.orders_total, f.spend_total FROM membership_memberfeatures f
    JOIN membership_member m ON m.id = f.member_id WHERE m.member_no = 'A1'
"""
SEGMENTS = """
    SELECT s.key FROM membership_segmentmembership x
    JOIN membership_segment s ON s.id = x.segment_id JOIN membership_member m ON m.id = x.member_id
    WHERE m.member_no = 'A1' AND x.exited_at IS NULL ORDER BY s.key
"""
STOCK = "SELECT sku, stock FROM membership_product ORDER BY sku"


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    services = Services.of_environment(name="order_changes", redis_number=7)
    with tempfile.TemporaryDirectory(prefix="regulars-") as folder:
        started = Shop(Path(folder), services=services)
        started.start()
        started.wait_until_serving()
        wait_until(
            lambda: '"finished": true' in started.get("/setup/progress.json")[1],
            seconds=120,
            what="the set-up",
        )
        yield started
        started.end()
        if services:
            services.drop()


def ask(shop: Shop, method: str, path: str, body: object = None) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=20)
    headers = {
        "Authorization": f"Api-Key {SECRET}", "Content-Type": "application/json",
        "X-Forwarded-Proto": "https",
    }  # fmt: skip
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, f"/api/v1/{path}", content, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status < 300, (method, path, answer.status, text)
        return dict(json.loads(text))
    finally:
        connection.close()


class Watched:
    """One member of the shop, and how long what follows their orders takes to follow."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.took: list[tuple[str, float]] = []
        assert shop.manage("shell", "-c", SET_UP).wait(timeout=120) == 0, shop.commands_log
        members = shop.rows("SELECT public_id FROM membership_member WHERE member_no = 'A1'")
        self.member = str(uuid.UUID(str(members[0][0])))  # SQLite keeps it without dashes
        # so that there is something popular to show
        self.place("POPULAR", ["TEA", "CUP", "POT"], member="B2")

    def place(self, number: str, skus: list[str], *, member: str = "A1") -> str:
        lines = [{"sku": sku, "quantity": 2} for sku in skus]
        answer = ask(self.shop, "POST", "orders/", {"member": member, "order_no": number, "lines": lines})
        if answer["status"] == "held":  # no model decides in an empty shop
            code = (
                "from membership.models import Order\n"
                "from membership.orders.taking import release_held_order\n"
                f"release_held_order(order=Order.objects.get(order_no='{number}'), genuine=True)"
            )
            assert self.shop.manage("shell", "-c", code).wait(timeout=60) == 0, self.shop.commands_log
        return str(answer["id"])

    def state(self) -> tuple[object, ...]:
        figures = [(orders, Decimal(str(spend))) for orders, spend in self.shop.rows(FIGURES)]
        segments = [key for (key,) in self.shop.rows(SEGMENTS)]
        found = ask(self.shop, "GET", f"members/{self.member}/recommendations/?surface=for-you")
        shown = {str(one["sku"]) for one in found["products"]}  # type: ignore[attr-defined]  # a list
        stock = {str(sku): int(str(number)) for sku, number in self.shop.rows(STOCK)}
        return figures, segments, shown, stock

    def expect(
        self,
        what: str,
        *,
        figures: tuple[int, str],
        segments: list[str],
        shown: set[str],
        stock: dict[str, int],
    ) -> None:
        began = time.monotonic()
        wanted = ([(figures[0], Decimal(figures[1]))], segments, shown, stock)
        try:
            wait_until(lambda: self.state() == wanted, seconds=WITHIN_SECONDS, what=what)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.state()} instead of {wanted}") from None
        self.took.append((what, time.monotonic() - began))


def test_everything_follows_an_order_within_seconds(shop: Shop) -> None:
    watched = Watched(shop)
    order = watched.place("O-1", ["TEA", "CUP"])
    after_order = {
        "figures": (1, "80.00"), "segments": ["buyer", "spender"], "shown": {"POT"},
        "stock": {"CUP": 96, "POT": 98, "TEA": 96},
    }  # fmt: skip
    watched.expect("an order", **after_order)  # type: ignore[arg-type]  # by name
    lines = {"lines": [{"line_no": 2, "quantity": 1}], "restock": True, "reason": "cracked"}
    ask(shop, "POST", f"orders/{order}/refunds/", lines)
    watched.expect(
        "a refund of a piece", figures=(1, "50.00"), segments=["buyer", "spender"], shown={"POT"},
        stock={"CUP": 97, "POT": 98, "TEA": 96},
    )  # fmt: skip
    ask(shop, "POST", f"orders/{order}/refunds/", {"amount": "20.00", "reason": "late"})
    watched.expect(
        "a refund of an amount", figures=(1, "30.00"), segments=["buyer"], shown={"POT"},
        stock={"CUP": 97, "POT": 98, "TEA": 96},
    )  # fmt: skip
    ask(shop, "PATCH", f"orders/{order}/", {"status": "cancelled", "reason": "lost"})
    watched.expect(
        "a cancellation", figures=(0, "0"), segments=[], shown={"TEA", "CUP", "POT"},
        stock={"CUP": 98, "POT": 98, "TEA": 98},
    )  # fmt: skip
    ask(shop, "PATCH", f"orders/{order}/", {"status": "paid", "reason": "found"})
    watched.expect(
        "a reopening", figures=(1, "30.00"), segments=["buyer"], shown={"POT"},
        stock={"CUP": 97, "POT": 98, "TEA": 96},
    )  # fmt: skip
    second = watched.place("O-2", ["POT"])
    ask(shop, "PATCH", f"orders/{second}/", {"lines": [{"sku": "TEA", "quantity": 1}], "reason": "rather"})
    watched.expect(
        "changed lines", figures=(2, "40.00"), segments=["buyer", "spender"], shown={"POT"},
        stock={"CUP": 97, "POT": 98, "TEA": 95},
    )  # fmt: skip
    ask(shop, "POST", f"orders/{order}/refunds/", {"all": True, "restock": True, "reason": "all wrong"})
    watched.expect(
        "a refund of everything", figures=(1, "10.00"), segments=["buyer"], shown={"POT"},
        stock={"CUP": 98, "POT": 98, "TEA": 97},
    )  # fmt: skip
    shape = "services" if os.environ.get("DATABASE_URL") else "embedded"
    for what, seconds in watched.took:
        sys.stdout.write(f"{shape}: {what}: {seconds:.2f} s\n")
