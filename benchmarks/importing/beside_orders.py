"""How long an order at the checkout waits while a large file is imported on SQLite, which has one writer.

A process imports a randomly generated export as Shopify writes it; meanwhile this one takes in an order every
fifth of a second, as ``POST orders/`` does, and notes how long each took. The same orders before the import
began tell what the checkout itself takes.

    python -m benchmarks.importing.beside_orders [--lines 300000]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.checkout import cache_server
from benchmarks.importing.shopify_export import write_export
from benchmarks.results import ROOT, SHORT, Report, options_of, parser_of
from benchmarks.shops.database import own_database

SEED = 7
BEFORE, PAUSE_SECONDS = (20 if not SHORT else 2), 0.2
MOST_SECONDS = 0.5


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--lines", type=int, default=300_000, help="of the export")
    options = options_of(parser, lines=3_000)
    os.environ["DATABASE_URL"] = ""  # other writers do not wait on PostgreSQL
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as name, own_database(Path(name)) as own:
        os.environ |= own | {"DEMO": "0", "SHOP_CURRENCY": "USD", "DJANGO_SETTINGS_MODULE": "config.settings"}
        export = Path(name) / "orders.csv"
        write_export(export, lines=options.lines, arrangement="together", seed=SEED)
        with Report("import_beside_orders", data="generated export", seed=SEED) as report:
            _measure(report, export)
    goals = [figure.reached() for figure in report.figures.values()]
    return 0 if SHORT or False not in goals else 1


def _measure(report: Report, export: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _stock()
    with cache_server():
        alone = [_seconds(f"BEFORE-{n}") for n in range(BEFORE)]
        command = [sys.executable, str(ROOT / "manage.py"), "import_orders", str(export)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as importing:
            beside = list(_while(importing))
    if importing.returncode:
        raise SystemExit("the import failed")
    _add(report, "no import", alone)
    _add(report, "while a file is imported", beside, at_most=MOST_SECONDS)


def _while(importing: subprocess.Popen[bytes]) -> Iterator[float]:
    while importing.poll() is None:
        yield _seconds(f"BESIDE-{time.monotonic_ns()}")
        time.sleep(PAUSE_SECONDS)


def _stock() -> None:
    from membership.models import Member, Product

    Member.objects.create(member_no="BENCH", name="Bench")
    Product.objects.create(sku="BENCH", name="Bench", price=10, currency="USD")


def _seconds(order_no: str) -> float:
    from config.checkout import place_order

    data = {"member": "BENCH", "order_no": order_no, "lines": [{"sku": "BENCH", "quantity": 1}]}
    began = time.perf_counter()
    place_order(data=data, source="benchmark")
    return time.perf_counter() - began


def _add(report: Report, name: str, seconds: list[float], *, at_most: float | None = None) -> None:
    import numpy as np

    print(f"{name}: {len(seconds)} orders, p50 {np.percentile(seconds, 50):.3f} s, max {max(seconds):.3f} s")
    for percentile in (50, 95):
        goal = at_most if percentile == 95 else None
        value = float(np.percentile(seconds, percentile))
        report.add(f"{name}: p{percentile} s of an order", value, at_most=goal, timed=True)
    report.add(f"{name}: longest s of an order", max(seconds), timed=True)


if __name__ == "__main__":
    sys.exit(main())
