"""A large randomly generated shop, written straight into the database: what set-based work is measured on.

Members order at gamma-distributed rates over two years, two lines an order on average, in 60 categories
beneath ten; orders are stored in the order of time, as in a real shop. A few in a hundred were cancelled,
refunded or declined. The same seed gives the same shop on SQLite and PostgreSQL. Nothing in it is a real
person's.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from django.db import connection, transaction
from numpy.typing import NDArray

from membership.models import Category, Member, Order, OrderItem, Product
from registry.tables.bulk import quoted_names

DAYS = 730
GROUPS, CATEGORIES, PRODUCTS = 10, 60, 6_000
CHUNK = 500_000
TIERS = np.array(["basic", "silver", "gold", "platinum"])
STATUSES = np.array(["completed", "cancelled", "refunded", "declined"])
Columns = Mapping[str, Any]


def fill(*, members: int, orders: int, lines: int, as_of: datetime, seed: int) -> None:
    """Write the shop. The database must be migrated and empty of members, products and orders."""
    rng = np.random.default_rng(seed)
    category_of = _products(rng)
    _members(members, as_of=as_of, rng=rng)
    rate = rng.gamma(0.8, size=members)
    per_order = lines / orders
    shares = rate / rate.sum()
    counts = rng.multinomial(orders, shares)
    member_of = rng.permutation(np.repeat(np.arange(1, members + 1, dtype=np.int32), counts))
    seconds_ago = np.sort(rng.integers(0, DAYS * 86_400, orders))[::-1]  # orders come in as time goes
    first_line = 1
    for start in range(0, orders, CHUNK):
        first_line += _orders(
            np.arange(start + 1, min(start + CHUNK, orders) + 1),
            member_of[start : start + CHUNK],
            _moments(as_of, seconds_ago[start : start + CHUNK]),
            category_of,
            first_line=first_line,
            per_order=per_order,
            rng=rng,
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    else:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _products(rng: np.random.Generator) -> NDArray[np.int64]:
    """Categories and products; the category of each product, (PRODUCTS + 1,), by product id."""
    Category.objects.bulk_create(
        Category(pk=group, name=f"G{group}", path=f"G{group}") for group in range(1, GROUPS + 1)
    )
    leaves = []
    for number in range(CATEGORIES):
        group = number % GROUPS + 1
        name = f"C{number}"
        leaves.append(Category(pk=GROUPS + 1 + number, name=name, path=f"G{group} > {name}", parent_id=group))
    Category.objects.bulk_create(leaves)
    category_of = np.concatenate(([0], rng.integers(GROUPS + 1, GROUPS + CATEGORIES + 1, PRODUCTS)))
    Product.objects.bulk_create(
        Product(pk=pk, sku=f"P{pk}", name=f"P{pk}", price=5, currency="USD", category_id=int(category_of[pk]))
        for pk in range(1, PRODUCTS + 1)
    )
    return category_of


def _members(n: int, *, as_of: datetime, rng: np.random.Generator) -> None:
    for start in range(0, n, CHUNK):
        ids = np.arange(start + 1, min(start + CHUNK, n) + 1)
        size = len(ids)
        names = np.char.add("M", ids.astype(str))
        joined = _moments(as_of, rng.integers(0, DAYS * 86_400, size))
        _insert(
            Member,
            {
                "id": ids, "public_id": _uuids(size, rng), "member_no": names, "name": names, "country": "US",
                "language": "en",
                "tier": TIERS[rng.choice(4, size, p=[0.6, 0.25, 0.1, 0.05])], "status": "active",
                "joined_at": joined, "created_at": joined, "updated_at": joined,
            },
        )  # fmt: skip


def _orders(
    ids: NDArray[np.int64],
    member: NDArray[np.int32],
    placed: NDArray[np.str_],
    category_of: NDArray[np.int64],
    *,
    first_line: int,
    per_order: float,
    rng: np.random.Generator,
) -> int:
    """One chunk of orders with their lines; the number of lines."""
    n = len(ids)
    n_lines = 1 + rng.poisson(per_order - 1, n)
    of_order = np.repeat(np.arange(n), n_lines)
    size = len(of_order)
    product = np.minimum(rng.zipf(1.3, size), PRODUCTS)
    product = (product * 2_654_435_761) % PRODUCTS + 1
    cents = rng.integers(100, 5_000, size)
    total = np.bincount(of_order, weights=cents, minlength=n).astype(np.int64)
    _insert(
        Order,
        {
            "id": ids, "public_id": _uuids(n, rng), "order_no": np.char.add("O", ids.astype(str)),
            "member_id": member, "status": STATUSES[rng.choice(4, n, p=[0.965, 0.015, 0.01, 0.01])],
            "channel": "web", "currency": "USD", "subtotal": _money(total), "discount": "0",
            "total": _money(total), "shop_rate": "1", "item_count": n_lines, "payment_method": "card",
            "payment_fingerprint": "", "device_fingerprint": "", "billing_country": "US",
            "shipping_country": "US", "coupon": "", "placed_at": placed, "imported_at": placed,
            "label_source": "",
        },
    )  # fmt: skip
    line_no = np.arange(size) - np.repeat(np.cumsum(n_lines) - n_lines, n_lines) + 1
    _insert(
        OrderItem,
        {
            "id": np.arange(first_line, first_line + size), "order_id": ids[of_order], "line_no": line_no,
            "product_id": product, "member_id": member[of_order], "category_id": category_of[product],
            "placed_at": placed[of_order], "quantity": 1, "units": 1, "unit_price": _money(cents),
            "discount": "0", "total": _money(cents),
        },
    )  # fmt: skip
    return size


def _moments(as_of: datetime, seconds_ago: NDArray[np.int64]) -> NDArray[np.str_]:
    start = np.datetime64(int(as_of.astimezone(UTC).timestamp()), "s")
    texts = np.char.replace((start - seconds_ago.astype("timedelta64[s]")).astype(str), "T", " ")
    suffix = "+00" if connection.vendor == "postgresql" else ""
    return np.char.add(texts, suffix)


def _money(cents: NDArray[np.int64]) -> NDArray[np.str_]:
    """As each database stores decimals: text with two digits, which SQLite reads as a number."""
    return np.char.mod("%.2f", cents / 100)


def _uuids(n: int, rng: np.random.Generator) -> NDArray[np.str_]:
    words = rng.integers(0, 2**63, (n, 2), dtype=np.int64)
    return np.array([f"{high:016x}{low:016x}" for high, low in words.tolist()])


def _insert(model: Any, columns: Columns) -> None:
    """Arrow's CSV into COPY on PostgreSQL, one ``executemany`` on SQLite."""
    size = next(len(values) for values in columns.values() if isinstance(values, np.ndarray))
    table, names = quoted_names(model, list(columns))
    whole = {
        name: values if isinstance(values, np.ndarray) else np.full(size, values)
        for name, values in columns.items()
    }
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            text = io.BytesIO()
            # every value quoted: an empty text is then no NULL
            options = pa_csv.WriteOptions(include_header=False, quoting_style="all_valid")
            pa_csv.write_csv(
                pa.table({name: values.tolist() for name, values in whole.items()}), text, options
            )
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)") as copy:
                copy.write(text.getbuffer())
        else:
            marks = ", ".join(["%s"] * len(whole))
            rows = zip(*(values.tolist() for values in whole.values()), strict=True)
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))
