"""A shop with WooCommerce's REST API, version 3, that lives and tells what happens by its webhooks.

After https://woocommerce.github.io/woocommerce-rest-api-docs/.
"""

from __future__ import annotations

import base64
import copy
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.connectors.payloads import woo_customer, woo_line, woo_order, woo_product
from tests.connectors.servers.serving import Request, Response
from tests.connectors.servers.their_shop import Message

Data = dict[str, Any]
KEY, SECRET = "ck_of_the_test", "cs_of_the_test"
ROUTE = re.compile(r"/wp-json/wc/v3/(customers|products|orders)(?:/(\d+))?(/variations)?")


class WooShop:
    def __init__(self, *, seed: int = 1) -> None:
        self.random, self.now = random.Random(seed), datetime(2026, 5, 1, tzinfo=UTC)  # noqa: S311  # repeats
        self.customers: dict[int, Data] = {}
        self.products: dict[int, Data] = {}
        self.orders: dict[int, Data] = {}
        self.messages: list[Message] = []
        self._number = 100

    # --- what happens ------------------------------------------------------------------------------
    def live(self, n_events: int) -> None:
        for _n in range(4):
            self.new_product()
            self.new_customer()
        events: list[tuple[Callable[[], object], int]] = [
            (self.new_order, 40), (self.refund, 12), (self.next_status, 20), (self.new_customer, 8),
            (self.change_customer, 8), (self.new_product, 4), (self.change_product, 8),
        ]  # fmt: skip
        kinds, weights = zip(*events, strict=True)
        for _n in range(n_events):
            self.random.choices(kinds, weights)[0]()

    def new_customer(self) -> None:
        n = self._next()
        self.customers[n] = woo_customer(
            n, username=f"user{n}", email=f"user{n}@example.com", first_name=f"First{n}", last_name="Last",
            billing={"phone": f"+49221{n:07d}", "country": "DE"}, date_created_gmt=self._at(),
        )  # fmt: skip
        self._tell("customer.created", self.customers[n])

    def change_customer(self) -> None:
        customer = self._any(self.customers)
        customer["first_name"] += "a"
        self._tell("customer.updated", customer)

    def new_product(self) -> None:
        """A simple one, or one with two variations, of which only the first has an SKU."""
        n = self._next()
        if self.random.random() < 0.6:
            self.products[n] = woo_product(n, name=f"Product {n}", sku=f"W-{n}", regular_price=self._price())
            self._tell("product.created", self.products[n])
            return
        self.products[n] = woo_product(
            n, name=f"Product {n}", type="variable", sku=f"W-{n}", price="", regular_price="",
            brands=[{"name": "Fjordly"}],
        )  # fmt: skip
        self._tell("product.created", self.products[n])
        for colour in ("Red", "Blue"):
            v = self._next()
            self.products[v] = woo_product(
                v, name=colour, type="variation", parent_id=n, regular_price=self._price(), categories=[],
                sku=f"W-{n}-R" if colour == "Red" else "", attributes=[{"name": "Colour", "option": colour}],
            )  # fmt: skip
            self._tell("product.created", self.products[v])

    def change_product(self) -> None:
        product = self._any(self.products)
        if product["type"] == "variable":
            product["name"] += "x"
        else:
            product["regular_price"] = self._price()
            product["stock_quantity"] = self.random.randint(0, 9)
        self._tell("product.updated", product)

    def new_order(self) -> None:
        n = self._next()
        customer = self._any(self.customers) if self.random.random() < 0.7 else None
        email = customer["email"] if customer else f"guest{n}@example.com"
        lines = []
        for i in range(self.random.choice([1, 2, 3])):
            product = self._any({k: one for k, one in self.products.items() if one["sku"]})
            units, price = self.random.randint(1, 3), Decimal(product["regular_price"] or "9.90")
            off = Decimal("0.9") if self.random.random() < 0.3 else Decimal(1)
            total = (units * price * off).quantize(Decimal("0.01"))
            lines.append(
                woo_line(
                    n * 10 + i,
                    name=product["name"],
                    sku=product["sku"],
                    quantity=units,
                    subtotal=str(units * price),
                    total=str(total),
                )
            )
        total = sum((Decimal(line["total"]) for line in lines), Decimal(5))
        self.orders[n] = woo_order(
            n, lines=lines, status=self.random.choice(["processing", "pending", "on-hold"]), total=str(total),
            customer_id=customer["id"] if customer else 0, date_created_gmt=self._at(),
            billing={"first_name": "A", "last_name": f"B{n}", "email": email, "country": "DE"},
        )  # fmt: skip
        self._tell("order.created", self.orders[n])

    def next_status(self) -> None:
        order = self._any(self.orders)
        if order and order["status"] in ("processing", "pending", "on-hold"):
            order["status"] = self.random.choice(
                ["completed", "completed", "processing", "cancelled", "failed"]
            )
            self._tell("order.updated", order)

    def refund(self) -> None:
        order = self._any(self.orders)
        if not order or order["status"] != "completed":
            return
        back = sum((abs(Decimal(one["total"])) for one in order["refunds"]), Decimal(0))
        left = Decimal(order["total"]) - back
        amount = left if self.random.random() < 0.3 else min(left, Decimal("4.00"))
        if amount <= 0:
            return
        order["refunds"].append({"id": self._next(), "reason": "", "total": f"-{amount}"})
        order["status"] = "refunded" if amount == left else "completed"
        self._tell("order.updated", order)

    def _tell(self, topic: str, data: Data) -> None:
        self.now += timedelta(seconds=self.random.randint(1, 90))
        data["date_modified_gmt"] = self._at()
        self.messages.append(Message(topic, copy.deepcopy(data), f"w{len(self.messages)}", self._at()))

    def _any(self, rows: dict[int, Data]) -> Data:
        return self.random.choice(list(rows.values())) if rows else {}

    def _price(self) -> str:
        return f"{self.random.randint(300, 9000) / 100:.2f}"

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _at(self) -> str:
        return f"{self.now:%Y-%m-%dT%H:%M:%S}"


class WooCommerceApi:
    """``before_page`` is called before each page of a list is made; pages may come without their number."""

    def __init__(self, shop: WooShop, *, most: int = 100) -> None:
        self.shop, self.most, self.counts_pages = shop, most, True
        self.before_page: Callable[[str, int], None] = lambda route, number: None

    def answer(self, request: Request) -> Response:
        credentials = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {credentials}":
            return Response(401, {"code": "woocommerce_rest_cannot_view"})
        if (match := ROUTE.fullmatch(request.path)) is None:
            return Response(404, {"code": "rest_no_route"})
        route, number, variations = match[1], match[2], match[3]
        rows: dict[int, Data] = getattr(self.shop, route)
        if number and not variations:
            row = rows.get(int(number))
            return (
                Response(200, row) if row else Response(404, {"code": f"woocommerce_rest_{route}_invalid_id"})
            )
        self.before_page(route, int(request.parameters["page"]))
        return self._page(self._listed(route, rows, request, parent=int(number or 0)), request)

    @staticmethod
    def _listed(route: str, rows: dict[int, Data], request: Request, *, parent: int) -> list[Data]:
        listed = list(rows.values())
        if route == "products":
            listed = [row for row in listed if row["parent_id"] == parent]
        if after := request.parameters.get("modified_after"):
            listed = [row for row in listed if row["date_modified_gmt"] > after]
        key = {"id": "id", "registered_date": "date_created_gmt"}[request.parameters["orderby"]]
        return sorted(listed, key=lambda row: row[key], reverse=request.parameters["order"] == "desc")

    def _page(self, rows: list[Data], request: Request) -> Response:
        size = min(int(request.parameters["per_page"]), self.most)
        start = (int(request.parameters["page"]) - 1) * size
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // size))}
        return Response(200, copy.deepcopy(rows[start : start + size]), headers if self.counts_pages else {})
