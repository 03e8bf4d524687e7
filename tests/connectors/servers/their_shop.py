"""A shop in Shopify's terms that lives: customers come, orders are placed, edited, refunded and cancelled.

Each event is response as Shopify tells it: a message by topic with the whole object as it is then.
"""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.connectors.payloads import (
    shopify_customer,
    shopify_line,
    shopify_order,
    shopify_product,
    shopify_refund,
)

Data = dict[str, Any]
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Message:
    topic: str
    data: Data
    number: str
    sent: str


class TheirShop:
    def __init__(self, *, seed: int = 1, start: datetime = datetime(2026, 5, 1, tzinfo=UTC)) -> None:
        self.random, self.now = random.Random(seed), start  # noqa: S311  # the same every time is meant
        self.lock = threading.RLock()
        self.customers: dict[int, Data] = {}
        self.products: dict[int, Data] = {}
        self.orders: dict[int, Data] = {}
        self.places = {901: "Main Street"}
        self.levels: dict[int, dict[int, tuple[int, str]]] = {}  # item -> place -> (units, moment)
        self.messages: list[Message] = []
        self._number = 1000

    # --- what happens ------------------------------------------------------------------------------
    def live(self, n_events: int) -> None:
        """So many random events, the first of which stock the shop."""
        for _n in range(4):
            self.new_product()
            self.new_customer()
        events: list[tuple[Callable[[], object], int]] = [
            (self.new_order, 40), (self.refund, 14), (self.edit, 8), (self.cancel, 6), (self.pay, 8),
            (self.new_customer, 8), (self.change_customer, 8), (self.new_product, 3),
            (self.change_product, 5),
        ]  # fmt: skip
        kinds, weights = zip(*events, strict=True)
        for _n in range(n_events):
            with self.lock:
                self.random.choices(kinds, weights)[0]()

    def new_customer(self) -> Data:
        n = self._next()
        customer = shopify_customer(
            n, email=f"customer{n}@example.com", first_name=f"First{n}", last_name=f"Last{n}",
            phone=f"+1415555{n % 10_000:04d}", tags="newsletter", created_at=self._at(),
            email_marketing_consent={
                "state": self.random.choice(["subscribed", "not_subscribed"]),
                "consent_updated_at": self._at(),
            },
            default_address={"country_code": self.random.choice(["US", "CA", "DE"]), "phone": None},
        )  # fmt: skip
        self.customers[n] = customer
        return self._tell("customers/create", customer)

    def change_customer(self) -> None:
        customer = self._any(self.customers)
        customer["first_name"] += "a"
        if self.random.random() < 0.3:
            customer["email"] = f"changed{self._next()}@example.com"
        self._tell("customers/update", customer)

    def new_product(self) -> Data:
        n = self._next()
        sizes = self.random.sample(["S", "M", "L"], self.random.randint(1, 3))
        variants = [
            {"id": n * 10 + i, "sku": f"SKU-{n}-{size}", "price": self._price(), "option1": size,
             "inventory_quantity": self.random.randint(0, 20)}
            for i, size in enumerate(sizes)
        ]  # fmt: skip
        product = shopify_product(n, title=f"Product {n}", handle=f"product-{n}", variants=variants)
        self.products[n] = product
        return self._tell("products/create", product)

    def change_product(self) -> None:
        product = self._any(self.products)
        for variant in product["variants"]:
            variant["price"], variant["inventory_quantity"] = self._price(), self.random.randint(0, 20)
        if len(product["variants"]) > 1 and self.random.random() < 0.3:
            product["variants"].pop()
        product["title"] += "x"
        self._tell("products/update", product)

    def new_order(self) -> Data:
        n = self._next()
        customer = self._any(self.customers) if self.random.random() < 0.8 else None
        email = customer["email"] if customer else self.random.choice([f"guest{n}@example.com", ""])
        lines = [self._line(n * 100 + i) for i in range(self.random.choice([1, 1, 2, 3, 14]))]
        at_till = self.random.random() < 0.1
        order = shopify_order(
            n, lines=lines, email=email, created_at=self._at(), financial_status=self._paid_or_not(),
            customer=copy.deepcopy(customer), source_name="pos" if at_till else "web",
            location_id=901 if at_till else None,
        )  # fmt: skip
        if self.random.random() < 0.3:
            order["discount_codes"] = [{"code": "TEN"}]
            for line in lines:
                gross = Decimal(line["price"]) * line["quantity"]
                line["discount_allocations"] = [{"amount": str((gross / 10).quantize(CENT))}]
        self.orders[order["id"]] = order
        self._add_up(order)
        return self._tell("orders/create", order)

    def pay(self) -> None:
        if order := self._one_of("pending"):
            order["financial_status"] = "paid"
            self._tell("orders/paid", order)

    def refund(self) -> None:
        """Of a line, of it with shipping, of an amount, or of everything."""
        order = self._one_of("paid", "partially_refunded")
        if order is None:
            return
        left = Decimal(order["total_price"]) - self._paid_back(order)
        line = self.random.choice(order["line_items"])
        n = self._next()
        kind = self.random.choice(["line", "line and shipping", "amount", "all"])
        amount = min(Decimal(line["price"]), left)
        more: Data = {}
        if kind.startswith("line"):
            more["refund_line_items"] = [{"line_item_id": line["id"], "quantity": 1, "total_tax": "0.00"}]
        if kind == "line and shipping" and amount + 5 <= left:
            more["order_adjustments"] = [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "0.00"}]
            amount += 5
        amount = left if kind == "all" else amount
        if amount <= 0:
            return
        refund = shopify_refund(n, order, amount=str(amount), **more)
        order["refunds"].append(refund)
        is_whole = self._paid_back(order) >= Decimal(order["total_price"])
        order["financial_status"] = "refunded" if is_whole else "partially_refunded"
        self._tell("refunds/create", refund, changed=order)
        self._tell("orders/updated", order)

    def edit(self) -> None:
        """A line more, or a unit less of one that has several."""
        order = self._one_of("paid", "pending")
        if order is None or order["cancelled_at"]:
            return
        several = [line for line in order["line_items"] if line["quantity"] > 1 and not order["refunds"]]
        if several and self.random.random() < 0.5:
            taken = [{"line_item_id": several[0]["id"], "quantity": 1, "total_tax": "0.00"}]
            order["refunds"].append(
                {
                    **shopify_refund(self._next(), order, amount="0"),
                    "refund_line_items": taken,
                    "transactions": [],
                }
            )
        else:
            order["line_items"].append(self._line(order["id"] + len(order["line_items"])))
        self._add_up(order)
        self._tell("orders/updated", order)

    def cancel(self) -> None:
        order = self._one_of("pending", "paid")
        if order is not None and not order["cancelled_at"]:
            order["cancelled_at"] = self._at()
            order["financial_status"] = "voided" if order["financial_status"] == "pending" else "paid"
            self._tell("orders/cancelled", order)

    # --- what it takes -----------------------------------------------------------------------------
    def _tell(self, topic: str, data: Data, *, changed: Data | None = None) -> Data:
        """The moment passes, the object is as new as it, and the message holds it as it is now."""
        self.now += timedelta(seconds=self.random.randint(1, 90))
        (changed or data)["updated_at"] = self._at()
        response = copy.deepcopy(data)
        self.messages.append(Message(topic, response, f"m{len(self.messages)}", self._at()))
        return data

    def _line(self, number: int) -> Data:
        product = self._any(self.products)
        variant = self.random.choice(product["variants"])
        name = f"{product['title']} - {variant['option1']}"
        return shopify_line(
            number, title=product["title"], name=name, sku=variant["sku"], price=variant["price"],
            quantity=self.random.choice([1, 1, 2, 3]),
        )  # fmt: skip

    def _add_up(self, order: Data) -> None:
        goods = Decimal(0)
        for line in order["line_items"]:
            off = sum((Decimal(one["amount"]) for one in line["discount_allocations"]), Decimal(0))
            goods += Decimal(line["price"]) * line["quantity"] - off
        order["subtotal_price"], order["total_tax"] = str(goods), "0.00"
        order["total_price"] = str(goods + 5)

    @staticmethod
    def _paid_back(order: Data) -> Decimal:
        paid = [one["amount"] for refund in order["refunds"] for one in refund["transactions"]]
        return sum((Decimal(amount) for amount in paid), Decimal(0))

    def _one_of(self, *statuses: str) -> Data | None:
        rows = [order for order in self.orders.values() if order["financial_status"] in statuses]
        return self.random.choice(rows) if rows else None

    def _any(self, rows: dict[int, Data]) -> Data:
        return self.random.choice(list(rows.values()))

    def _paid_or_not(self) -> str:
        return self.random.choice(["paid", "paid", "paid", "pending"])

    def _price(self) -> str:
        return f"{self.random.randint(300, 9000) / 100:.2f}"

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _at(self) -> str:
        return self.now.isoformat()
