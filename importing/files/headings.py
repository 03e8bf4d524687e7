"""Where a text file's heading is, and what separates its columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = ",;\t|"
ROWS_LOOKED_AT = 60
SEPARATOR_LINE = re.compile(r"\ufeff?sep=([^\r\n\0\"\u0080-\uffff])\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """The heading of a text file; ``end`` is the number of characters up to the first row, ``lines`` of
    lines.
    """

    columns: tuple[str, ...]
    delimiter: str
    end: int
    lines: int


def find_heading(text: str) -> Heading | None:
    """From the beginning of the file: its first ``sep=`` line, title lines, then the heading. None if
    empty.
    """
    lines = io.StringIO(text, newline="").readlines()
    skipped, delimiter = 0, ""
    if lines and (match := SEPARATOR_LINE.fullmatch(lines[0])):
        skipped, delimiter = 1, match[1]
    body = lines[skipped:]
    if not any(line.strip() for line in body):
        return None
    delimiter = delimiter or _delimiter(body)
    rows = _rows(body, delimiter)
    at = heading_row([row for row, _line in rows])
    columns, last_line = rows[at]
    columns = _as_wide_as_rows(columns, [row for row, _line in rows[at + 1 :]])
    lines_before = skipped + last_line
    end = sum(len(line) for line in lines[:lines_before])
    names = unique_headings([name.strip().strip("\ufeff") for name in columns])
    return Heading(names, delimiter, end, lines_before)


def unique_headings(names: Sequence[str]) -> tuple[str, ...]:
    """A heading that comes again gets its count: the first column of a name is the one that is read."""
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return tuple(unique)


def _as_wide_as_rows(columns: list[str], rows: list[list[str]]) -> list[str]:
    """The heading with or without the empty columns at its end that the rows have or lack."""
    width = _usual([len(row) for row in rows if any(value.strip() for value in row)])
    if width == len(columns) + 1 and all(not row[-1].strip() for row in rows if len(row) == width):
        return [*columns, ""]
    while rows and len(columns) > width > 1 and not columns[-1].strip():
        columns = columns[:-1]
    return columns


def heading_row(rows: list[list[str]]) -> int:
    """Which row is the heading: the first that is about as wide as the table below it."""
    filled = [sum(bool(value.strip()) for value in row) for row in rows]
    width = max(_usual(filled), 1)
    least = 1 if width == 1 else max(2, round(width * 0.5))
    return next((at for at, count in enumerate(filled) if count >= least), 0)


def _usual(counts: list[int]) -> int:
    """The commonest number of filled fields; the larger of two."""
    frequencies = Counter(count for count in counts if count)
    return max(frequencies, key=lambda count: (frequencies[count], count), default=1)


def _delimiter(lines: list[str]) -> str:
    """The sign at which most rows fall into the same number of fields, more than one."""
    best = (0.0, 0, ",")
    for sign in DELIMITERS:
        counts = Counter(len(row) for row, _line in _rows(lines, sign) if any(value.strip() for value in row))
        wide = {count: rows for count, rows in counts.items() if count > 1}
        if wide:
            count = max(wide, key=lambda one: (wide[one], one))
            best = max(best, (wide[count] / sum(counts.values()), count, sign))
    return best[2]


def _rows(lines: list[str], delimiter: str) -> list[tuple[list[str], int]]:
    """(fields, number of the line in which the row ends) of the first rows."""
    reader = csv.reader(iter(lines), delimiter=delimiter)
    rows: list[tuple[list[str], int]] = []
    try:
        for row in reader:
            rows.append((row, reader.line_num))
            if len(rows) == ROWS_LOOKED_AT:
                break
    except csv.Error:  # a field longer than csv takes: the rows before it are enough
        pass
    return rows or [(lines[0].rstrip("\r\n").split(delimiter), 1)]
