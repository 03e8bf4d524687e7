"""A randomly generated orders export as Shopify writes it, with the totals that a shop would see.

    python -m benchmarks.importing.shopify_export orders.csv --lines 1000000 --arrangement shuffled

The figures are added up while the rows are written, in whole cents, and share no code with the import.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

ARRANGEMENTS = ("together", "shuffled", "single", "one_large")
"""Lines of an order together; in random order; every line an order of its own; one order of 200,000 lines."""
HEADINGS = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing",
    "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount",
    "Shipping Method", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
    "Lineitem compare at price", "Lineitem sku", "Lineitem requires shipping", "Lineitem taxable",
    "Lineitem fulfillment status", "Billing Name", "Billing Street", "Billing City", "Billing Zip",
    "Billing Country", "Shipping Name", "Shipping Country", "Notes", "Cancelled at", "Payment Method",
    "Payment Reference", "Refunded Amount", "Vendor", "Outstanding Balance", "Location", "Id", "Tags",
    "Risk Level", "Source", "Lineitem discount", "Phone",
)  # fmt: skip
OF_ORDER = frozenset(HEADINGS) - {name for name in HEADINGS if name.startswith("Lineitem")} - {
    "Name", "Email", "Created at", "Vendor",
}  # fmt: skip
"""What only the first line of an order says."""
COUNTRIES = ("US", "US", "US", "CA", "GB", "DE", "FR", "AU")
FIRST = ("Nora", "Emile", "Ada", "Lena", "Jonas", "Mei", "Omar", "Sofia", "Liam", "Ines", "Yuki", "Paula")
LAST = ("Quill", "Dupre", "Kraus", "Silva", "Tanaka", "Haddad", "Novak", "Olsen", "Costa", "Meyer", "Lowe")
BEGIN = datetime(2023, 1, 1, 8, tzinfo=UTC)
SHIPPING = 500
"""Cents, of every order."""
LARGEST = 200_000
ZONE = timezone(timedelta(hours=-7))


@dataclass
class Totals:
    """What the file comes to: cents of orders that count, after discounts and refunds."""

    lines: int = 0
    orders: int = 0
    counted: int = 0
    members: int = 0
    products: int = 0
    net_cents: int = 0

    @property
    def net_sales(self) -> str:
        return money(self.net_cents)


def money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


class Export:
    """The rows of a shop with about ``lines`` order lines."""

    def __init__(self, *, lines: int, arrangement: str, seed: int) -> None:
        self.lines, self.arrangement = lines, arrangement
        self.totals = Totals()
        self._rng = random.Random(seed)  # noqa: S311  # a generated shop, no secret
        n_products, n_members = max(20, min(4_000, lines // 100)), max(10, lines // 16)
        self._products = [(f"SKU-{n:05d}", f"Product {n} - Size {n % 5}", f"Vendor {n % 40}",
                           self._rng.randrange(199, 15_000)) for n in range(n_products)]  # fmt: skip
        self._members = [
            (f"{self._rng.choice(FIRST)} {self._rng.choice(LAST)}", f"customer{n}@example.com",
             self._rng.choice(COUNTRIES)) for n in range(n_members)
        ]  # fmt: skip
        self._seen: set[str] = set()
        self._sold: set[str] = set()

    def rows(self) -> Iterator[list[str]]:
        """In the order of the file."""
        if self.arrangement != "shuffled":
            yield from self._rows()
            return
        shuffled = list(self._rows())
        self._rng.shuffle(shuffled)
        yield from shuffled

    def _rows(self) -> Iterator[list[str]]:
        left, number = self.lines, 0
        while left > 0:
            wanted = self._size(number)
            size = min(wanted, left)
            left -= size
            yield from self._order(number, size)
            number += 1
        self.totals.members, self.totals.products = len(self._seen), len(self._sold)

    def _size(self, number: int) -> int:
        if self.arrangement == "single":
            return 1
        if self.arrangement == "one_large" and number == 0:
            return LARGEST
        return min(1 + int(self._rng.expovariate(1 / 1.6)), 30)

    def _order(self, number: int, size: int) -> Iterator[list[str]]:
        rng = self._rng
        name, email, country = rng.choice(self._members)
        moment = BEGIN + timedelta(seconds=number * 97 + rng.randrange(97))
        shown = moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S -0700")
        lines = [(rng.choice(self._products), min(1 + int(rng.expovariate(1.2)), 9)) for _ in range(size)]
        gross = sum(product[3] * quantity for product, quantity in lines)
        discount = gross * rng.choice((10, 15, 20)) // 100 if rng.random() < 0.2 else 0
        subtotal = gross - discount
        draw = rng.random()
        status = "paid" if draw > 0.1 else rng.choice(("refunded", "partially_refunded", "voided", "pending"))
        of_goods = subtotal // 3
        if abs(of_goods - SHIPPING) <= SHIPPING // 10:  # as much would be a refund of the shipping
            of_goods += SHIPPING // 5
        refund = {"refunded": subtotal + SHIPPING, "partially_refunded": of_goods}.get(status, 0)
        self._count(status, subtotal=subtotal, refund=refund, size=size)
        self._seen.add(email)
        self._sold.update(product[0] for product, _quantity in lines)
        of_order = {
            "Financial Status": status, "Paid at": shown if status != "pending" else "", "Currency": "USD",
            "Fulfillment Status": "fulfilled", "Fulfilled at": shown, "Accepts Marketing": "yes",
            "Subtotal": money(subtotal), "Shipping": money(SHIPPING), "Taxes": money(subtotal * 8 // 100),
            "Total": money(subtotal + SHIPPING + subtotal * 8 // 100), "Discount Amount": money(discount),
            "Discount Code": "SPRING" if discount else "", "Shipping Method": "Standard",
            "Billing Name": name,
            "Billing Street": f"{number % 900} Main Street", "Billing City": "Springfield",
            "Billing Zip": f"'{number % 90_000 + 10_000}", "Billing Country": country, "Shipping Name": name,
            "Shipping Country": country, "Cancelled at": shown if status == "voided" else "",
            "Payment Method": "Shopify Payments", "Payment Reference": f"c{number * 7919}.1",
            "Refunded Amount": money(refund), "Outstanding Balance": "0.00", "Location": "",
            "Id": str(5_550_000_000 + number), "Risk Level": "Low", "Source": "web",
        }  # fmt: skip
        for at, ((sku, title, vendor, cents), quantity) in enumerate(lines):
            line = {
                "Name": f"#{1001 + number}", "Email": email, "Created at": shown, "Vendor": vendor,
                "Lineitem quantity": str(quantity), "Lineitem name": title, "Lineitem price": money(cents),
                "Lineitem sku": sku, "Lineitem requires shipping": "true", "Lineitem taxable": "true",
                "Lineitem fulfillment status": "fulfilled", "Lineitem discount": "0.00",
            }  # fmt: skip
            if at == 0:
                line |= of_order
            yield [line.get(heading, "") for heading in HEADINGS]

    def _count(self, status: str, *, subtotal: int, refund: int, size: int) -> None:
        totals = self.totals
        totals.lines += size
        totals.orders += 1
        if status not in ("refunded", "voided"):
            totals.counted += 1
            totals.net_cents += subtotal - refund


def write_export(path: Path, *, lines: int, arrangement: str, seed: int) -> Totals:
    export = Export(lines=lines, arrangement=arrangement, seed=seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(export.rows())
    return export.totals


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--arrangement", choices=ARRANGEMENTS, default="together")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    totals = write_export(
        options.path, lines=options.lines, arrangement=options.arrangement, seed=options.seed
    )
    print(json.dumps({**asdict(totals), "net_sales": totals.net_sales}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
