"""What import benchmarks measure, each in a process of its own: the import, and a bare write of its rows.

The bare write is one ``executemany`` (SQLite) or one ``COPY`` of ready-made text (PostgreSQL) a table, of the
rows that the import wrote, into the same tables with the same indexes, constraints and connection settings:
already clean, no look-ups, no report, no resumption.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any


def run_step(step: str, *, orders: Path, env: Mapping[str, str], creates: bool) -> dict[str, Any]:
    """``creates``: the import makes members and products too, in an empty shop."""
    command = [sys.executable, "-m", "benchmarks.importing.steps", step, str(orders)]
    command += ["--creates"] if creates else []
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("step", choices=("prepare", "import", "bare"))
    parser.add_argument("orders", type=Path)
    parser.add_argument("--creates", action="store_true")
    options = parser.parse_args()
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    step = {"prepare": _prepare, "import": _import, "bare": _bare}[options.step]
    print(json.dumps(step(options.orders, creates=options.creates)))


def _prepare(orders: Path, *, creates: bool) -> dict[str, Any]:
    """An empty shop; one that knows the products and members, unless the import makes them."""
    from django.core.management import call_command

    from importing.running import run_import

    call_command("migrate", verbosity=0)
    for kind in () if creates else ("products", "members"):
        run_import(kind=kind, path=orders.with_name(f"{kind}.parquet"))
    return {}


def _tables(*, creates: bool) -> list[Any]:
    """What the import fills, children last."""
    from membership.models import Member, Order, OrderItem, Product

    return [Member, Product, Order, OrderItem] if creates else [Order, OrderItem]


def _import(orders: Path, *, creates: bool) -> dict[str, Any]:
    from django.db import connection

    from importing.running import run_import
    from importing.writing import chunks
    from membership.models import MemberFeatures, OrderItem, Store

    for model in (MemberFeatures, *reversed(_tables(creates=creates)), Store):
        _empty(model)
    longest, commit = [0.0], chunks._try_commit

    def timed(*args: Any, **kwargs: Any) -> None:
        began = time.perf_counter()
        commit(*args, **kwargs)
        longest[0] = max(longest[0], time.perf_counter() - began)

    chunks._try_commit = timed
    clock = _Clock()
    report = run_import(kind="orders", path=orders)
    measured = clock.read()
    if report.rejected or OrderItem.objects.count() != report.read:
        raise SystemExit(f"the import was not complete: {report.rejected_by_reason}")
    return {
        **measured, "rows": report.read, "longest_seconds": longest[0], "vendor": connection.vendor,
        "tallies": report.tallies,
    }  # fmt: skip


def _bare(orders: Path, *, creates: bool) -> dict[str, Any]:
    """Write what the import left behind once more, into the emptied tables."""
    from membership.models import MemberFeatures

    models = _tables(creates=creates)
    rows = {model: _stored_rows(model) for model in models}
    for model in (MemberFeatures, *reversed(models)):
        _empty(model)
    written = {model.__name__: _write(model, rows.pop(model)) for model in models}
    sums = {name: sum(one[name] for one in written.values()) for name in ("seconds", "cpu_seconds")}
    return {**sums, "tables": written}


def _columns(model: Any) -> str:
    return ", ".join(field.column for field in _written(model))


def _written(model: Any) -> list[Any]:
    """Generated columns are the database's own work."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def _stored_rows(model: Any) -> Any:
    """Rows as tuples, or on PostgreSQL as the text of COPY."""
    from django.db import connection

    query = f"SELECT {_columns(model)} FROM {model._meta.db_table} ORDER BY id"
    if connection.vendor == "sqlite":
        # a connection of its own: Django's turns text into moments and numbers into decimals
        with closing(sqlite3.connect(str(connection.settings_dict["NAME"]))) as plain:
            return plain.execute(query).fetchall()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        return b"".join(bytes(part) for part in copy)


def _write(model: Any, rows: Any) -> dict[str, Any]:
    from django.db import connection, transaction

    from registry.tables.columns import bulk_loading

    table, names = model._meta.db_table, _columns(model)
    with bulk_loading():
        clock = _Clock()
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                marks = ", ".join("?" * len(_written(model)))
                connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            else:
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)") as copy:
                    copy.write(rows)
        return clock.read()


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


def _peak_mb() -> int:
    """Of this program; what ``getrusage`` says may be that of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1]) // 1024  # type: ignore[index]  # there is a match


class _Clock:
    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, Any]:
        return {
            "seconds": time.perf_counter() - self.wall,
            "cpu_seconds": time.process_time() - self.cpu,
            "peak_mb": _peak_mb(),
        }


if __name__ == "__main__":
    main()
