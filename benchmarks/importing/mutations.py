"""Damaged files: each is read, or refused in one line; no order is ever stored in part.

Files of tests/importing/systems, as they are or as XLSX, ODS, Parquet, JSON Lines, gzip or ZIP, with bytes,
separators, encodings, quotes and line ends changed, or cut short. Each is imported into a shop that the files
before it have left, which is emptied now and then.

    python -m benchmarks.importing.mutations [--n 10000] [--seed 1]
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import sys
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.results import ROOT, Report, options_of, parser_of

SAMPLES = ROOT / "tests" / "importing" / "systems"
KINDS = ("orders", "members", "products", "events")
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "gb18030",
    "cp1252",
    "shift_jis",
    "mac_roman",
)
FORMS = ("text", "text", "text", "text", "xlsx", "ods", "parquet", "jsonl", "gz", "zip", "zip of two")
PIECES = (
    b"\x00", b'"', b'""', b"\n", b"\r", b"\r\n", b",", b";", b"\t", b"|", b"\xff", b"\xfc", b"\xe4\xbd", b"'",
    b"=", b"-", b"9", b"", b" ", b"(", b"1E+12", b"99999999999999999999", b"NaN", b"\xef\xbb\xbf", b"{", b"]",
    b"PK\x03\x04",
)  # fmt: skip
EMPTY_EVERY = 25


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--n", type=int, default=10_000, help="files")
    parser.add_argument("--seed", type=int, default=1)
    options = options_of(parser, n=40)
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        _start(Path(folder))
        outcomes, faults = run(n=options.n, seed=options.seed, folder=Path(folder))
    print(f"{options.n:,} files: " + ", ".join(f"{count:,} {what}" for what, count in outcomes.most_common()))
    with Report("import_mutations", data="sample exports, damaged", seed=options.seed) as report:
        report.add("damaged files with a traceback", outcomes["traceback"], at_most=0)
        report.add("orders stored in part", outcomes["order in part"], at_most=0)
        report.add("damaged files", options.n)
    print("\n".join(faults[:20]), file=sys.stderr)
    return 1 if faults else 0


def _start(folder: Path) -> None:
    os.environ |= {
        "VAR_DIR": str(folder), "DEMO": "0", "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": "",
        "SECRET_KEY": "only-for-measuring-0123456789-abcdefghijklmnopqrstuvwxyz",
    }  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def run(*, n: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """(how many files were read, refused, …; the faults)."""
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    for number, (kind, name, data) in enumerate(damaged_files(n=n, seed=seed), start=1):
        path = folder / name
        path.write_bytes(data)
        outcome, why = import_one(kind, path)
        path.unlink()
        outcomes[outcome] += 1
        if why:
            faults.append(f"file {number} of seed {seed}, {kind}, {name}: {why}")
        if number % EMPTY_EVERY == 0:
            empty_shop()
        if number % 500 == 0:
            print(f"{number:,} files, {len(faults)} faults", file=sys.stderr, flush=True)
    return outcomes, faults


def import_one(kind: str, path: Path) -> tuple[str, str]:
    """(read, refused or a fault; why it is one)."""
    from importing.errors import BadFile
    from importing.running import run_import

    try:
        report = run_import(kind=kind, path=path)
    except BadFile as error:
        return ("refused", "") if "\n" not in str(error) else ("refused in several lines", str(error))
    except Exception:  # what this looks for
        return "traceback", traceback.format_exc(limit=-3)
    if report.read != report.created + report.updated + report.duplicate + report.rejected:
        return "counts that do not add up", str(report)
    if parts := orders_in_part():
        return "order in part", ", ".join(parts)
    return "read", ""


def orders_in_part() -> list[str]:
    """Numbers of orders whose lines are not all there, or do not add up."""
    from django.db.models import Count, Sum

    from membership.models import Order

    orders = Order.objects.annotate(lines=Count("items"), sum=Sum("items__total"))
    rows = orders.values_list("order_no", "item_count", "total", "lines", "sum")
    return [
        number
        for number, count, total, lines, sum_of_lines in rows
        if lines != count or (sum_of_lines is not None and total >= 0 and sum_of_lines != total)
    ]


def empty_shop() -> None:
    from membership.models import ImportReport, Member, Order, OrderItem, Product

    for model in (OrderItem, Order, Product, Member, ImportReport):
        model.objects.all().delete()


def _text_of(data: bytes) -> str:
    """The samples are UTF-8, or in an encoding that their system writes."""
    for encoding in ("utf-8", "gb18030", "shift_jis", "cp1251"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def damaged_files(*, n: int, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """(kind, name, content) of ``n`` files; the same for the same seed."""
    samples = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".csv", ".txt"))
    for number in range(n):
        rng = random.Random(seed * 1_000_003 + number)  # noqa: S311  # no secret
        sample = rng.choice(samples)
        kind = rng.choice(KINDS) if rng.random() < 0.15 else kind_of(sample.stem)
        text = _text_of(sample.read_bytes())
        form = rng.choice(FORMS)
        if form == "text":
            yield kind, "export.csv", damaged(encoded(text, rng), rng)
        else:
            name, data = packed(text, form, rng)
            yield kind, name, damaged(data, rng, most=rng.choice((0, 1, 4)))


def kind_of(name: str) -> str:
    if any(word in name for word in ("customers", "members", "profiles")):
        return "members"
    return "products" if "products" in name else "orders"


def encoded(text: str, rng: random.Random) -> bytes:
    if rng.random() < 0.3:
        text = text.replace(",", rng.choice(";\t|,"))
    if rng.random() < 0.2:
        text = text.replace("\n", rng.choice(("\r", "\r\n", "\n\n")))
    if rng.random() < 0.1:
        text = rng.choice(("sep=;\n", "Report\n\n", "﻿", '"', "\n\n\n")) + text
    if rng.random() < 0.1:
        lines = text.splitlines(keepends=True)
        rng.shuffle(lines)
        text = "".join(lines)
    return text.encode(rng.choice(ENCODINGS) if rng.random() < 0.4 else "utf-8", errors="replace")


def damaged(data: bytes, rng: random.Random, *, most: int = 12) -> bytes:
    """Bytes replaced, taken out and put in; a third is cut short."""
    changed = bytearray(data)
    for _change in range(rng.randint(0, most)):
        at = rng.randrange(len(changed) + 1)
        changed[at : at + rng.randrange(4)] = rng.choice(PIECES)
    return bytes(changed[: rng.randrange(len(changed) + 1)] if rng.random() < 0.3 else changed)


def packed(text: str, form: str, rng: random.Random) -> tuple[str, bytes]:
    """(name, content) of the same table in another form; its text may be damaged before."""
    if rng.random() < 0.6:
        text = damaged(text.encode(), rng, most=3).decode("utf-8", errors="replace")
    if form == "gz":
        return "export.csv.gz", gzip.compress(encoded(text, rng))
    if form.startswith("zip"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("a.csv", encoded(text, rng))
            if form != "zip":
                archive.writestr("b.csv", damaged(encoded(text, rng), rng))
        return "export.zip", file.getvalue()
    lines = text.replace("\x00", "").splitlines() or [""]
    rows = list(csv.reader(lines, delimiter="\t" if "\t" in lines[0] else ","))
    width = max((len(row) for row in rows), default=1)
    return f"export.{form}", _table(form, [row + [""] * (width - len(row)) for row in rows])


def _table(form: str, rows: list[list[str]]) -> bytes:
    from benchmarks.importing.workbooks import ods, xlsx

    if form == "xlsx":
        return xlsx({"Sheet1": rows})
    if form == "ods":
        return ods({"Sheet1": rows})
    names = list(dict.fromkeys(rows[0])) if rows else ["a"]
    columns = {name: [row[at] for row in rows[1:]] for at, name in enumerate(names)}
    if form == "jsonl":
        found = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
        return "\n".join(json.dumps(row, ensure_ascii=False) for row in found).encode(
            "utf-8", errors="replace"
        )
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
