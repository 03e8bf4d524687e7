"""Files of exchange rates: a row a rate, or a row a day with a column for each currency."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from membership.cleaning.values import Unclean, clean_currency
from membership.currencies.rates import SMALLEST, RateDraft, checked_rate
from membership.errors import Rejected
from membership.models.shop import the_shop

MISSING = {"", "N/A", "NA", "-"}
LONG = ("day", "currency", "rate")


class BadRatesFile(Exception):
    """The file as a whole cannot be read; the message says why."""


@dataclass
class RatesFile:
    """``rates`` in the order of the file; ``problems`` are (line, field, reason)."""

    rates: list[RateDraft] = field(default_factory=list)
    problems: list[tuple[int, str, str]] = field(default_factory=list)


def read_rates(*, path: Path, inverted: bool = False) -> RatesFile:
    """Read a CSV file with the columns day, currency, rate, or with a day and a column for each currency.

    A rate is what one unit of the currency is worth in the shop's; ``inverted``: what one unit of the shop's
    is worth in the currency, as central banks publish it. Days are ISO dates. Raises BadRatesFile.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, dialect=_dialect(file.read(4_096), file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRatesFile(f"{path}: {error}") from error
    heading = [name.strip() for name in rows[0]] if rows else []
    names = [name.lower() for name in heading]
    day_column = next((names.index(name) for name in ("day", "date") if name in names), None)
    if day_column is None or len([name for name in names if name]) < 2:
        raise BadRatesFile(
            f"{path}: needs the columns day, currency, rate, or day and currencies such as USD"
        )
    result = RatesFile()
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            for day, code, rate in _cells(heading, names, row, day_column):
                _add(result, number, day, code, rate, inverted=inverted)
    return result


def _dialect(sample: str, file: object) -> type[csv.Dialect]:
    file.seek(0)  # type: ignore[attr-defined]  # a file
    first = sample.partition("\n")[0]
    excel: type[csv.Dialect] = csv.excel
    if first.count(";") > first.count(","):
        excel = type("Semicolons", (csv.excel,), {"delimiter": ";"})
    return excel


def _cells(
    heading: Sequence[str], names: Sequence[str], row: Sequence[str], day_column: int
) -> Iterator[tuple[str, str, str]]:
    """(day, currency, rate) as texts; a wide row may hold many."""
    cells = [*(cell.strip() for cell in row), *[""] * (len(heading) - len(row))]
    if "currency" in names and "rate" in names:
        yield cells[day_column], cells[names.index("currency")], cells[names.index("rate")]
        return
    for place, name in enumerate(heading):
        # a shop's own column, which files with all pairs have, says nothing
        if place != day_column and name and cells[place].upper() not in MISSING and not _is_own(name):
            yield cells[day_column], name, cells[place]


def _is_own(name: str) -> bool:
    try:
        return clean_currency(name) == the_shop().currency
    except Unclean:
        return False


def _add(result: RatesFile, number: int, day: str, code: str, rate: str, *, inverted: bool) -> None:
    try:
        on = date.fromisoformat(day)
    except ValueError:
        result.problems.append((number, "day", f"{day!r} is not a day such as 2026-03-01"))
        return
    try:
        value = Decimal(rate)
        if inverted and value > 0:
            value = (1 / value).quantize(SMALLEST)
    except (InvalidOperation, ArithmeticError):
        result.problems.append((number, "rate", f"{rate!r} is not a number"))
        return
    try:
        result.rates.append(checked_rate(day=on, currency=code, rate=value))
    except Rejected as error:
        result.problems.append((number, error.errors[0].field, error.message))
