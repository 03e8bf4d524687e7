"""Files that are open for reading: their headings, and their rows with the columns that are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext as _

from importing.errors import BadFile
from importing.files.csv_rows import csv_rows
from importing.files.joining import shared_key
from importing.files.reading import Malformed
from importing.files.sources import Source, open_sources
from importing.files.tables import JsonRows, Sheet, parquet_headings, parquet_rows
from importing.presets.loading import Preset, all_presets, known_headings, plain_heading, recognise

if TYPE_CHECKING:
    import pyarrow as pa

    from importing.arrays import Ints

FILE_NAME = "(file name)"
"""Heading of a column that a file does not have: a word of its name, where the preset knows such words."""
LINE_COLUMNS = ("sku", "product_name", "quantity", "unit_price", "line_total")
ALIKE = 0.5
"""Files of a package that share so much of their headings hold rows of one kind."""


class Opened(Protocol):
    """One file, or several whose rows follow each other."""

    source: Source
    headings: tuple[str, ...]
    sheet: str

    def batches(self, headings: Sequence[str]) -> Iterator[tuple[pa.Table, Ints, list[Malformed]]]: ...


class OneFile:
    def __init__(self, source: Source, *, kind: str) -> None:
        self.source = source
        self.reader: Sheet | JsonRows | None = None
        self.sheet = ""
        if source.form == "sheet":
            sheet = Sheet(source, known=known_headings(kind))
            self.reader, self.sheet = sheet, sheet.name
            self.source = replace(source, first_row=sheet.first_row)
        elif source.form == "json":
            self.reader = JsonRows(source)
        self._own = self._headings()
        self.headings = self._own
        self._word = _word_of_name(recognise(kind=kind, headings=self._own), source.name, self._own)
        if self._word:
            self.headings = (*self._own, FILE_NAME)

    def _headings(self) -> tuple[str, ...]:
        if self.reader is not None:
            return self.reader.header
        if self.source.form == "parquet":
            return parquet_headings(self.source)
        return self.source.header

    def batches(self, headings: Sequence[str]) -> Iterator[tuple[pa.Table, Ints, list[Malformed]]]:
        there = set(self._own)
        own = [name for name in headings if name in there] or self._own[:1]  # no rows without columns
        for table, numbers, malformed in self._rows(own):
            if FILE_NAME in headings and self._word:
                table = _with_constant(table, FILE_NAME, self._word)
            yield table, numbers, malformed

    def _rows(self, headings: Sequence[str]) -> Iterator[tuple[pa.Table, Ints, list[Malformed]]]:
        if self.source.form == "csv":
            place = {name: at for at, name in reversed(list(enumerate(self._own)))}  # the first of a name
            yield from csv_rows(self.source, used=[place[name] for name in headings])
            return
        rows = (
            parquet_rows(self.source, headings=headings)
            if self.reader is None
            else self.reader.batches(headings)
        )
        for table, numbers in rows:
            yield table, numbers, []


class SeveralFiles:
    """Files of one export, as systems cut them: the rows of the second follow those of the first."""

    def __init__(self, files: Sequence[OneFile]) -> None:
        self.files = files
        self.source = files[0].source
        self.sheet = ""
        self.headings = tuple(dict.fromkeys(name for file in files for name in file.headings))

    def batches(self, headings: Sequence[str]) -> Iterator[tuple[pa.Table, Ints, list[Malformed]]]:
        before = 0
        for file in self.files:
            last = before
            for table, numbers, malformed in file.batches([one for one in headings if one in file.headings]):
                for name in headings:
                    if name not in table.column_names:
                        table = _with_constant(table, name, "")
                moved = [replace(row, number=row.number + before) for row in malformed]
                last = max([last, *(numbers[-1:] + before).tolist(), *(row.number for row in moved)])
                yield table.select(list(headings)), numbers + before, moved
            before = last


def _with_constant(table: pa.Table, name: str, text: str) -> pa.Table:
    import pyarrow as pa

    return table.append_column(name, pa.array([text] * table.num_rows, pa.string()))


def _word_of_name(preset: Preset | None, name: str, headings: Sequence[str]) -> str:
    """The word that a file's name has, or that one of its headings stands for."""
    words = preset.rules.get("file_words", {}) if preset else {}
    there = set(map(plain_heading, headings))
    for word, heading in words.items():
        if word in name.casefold() or (heading and plain_heading(heading) in there):
            return word
    return ""


def open_files(
    paths: Sequence[Path], *, kind: str, work: Path, encoding: str | None
) -> tuple[Opened, list[Opened], list[str]]:
    """(the file whose rows are imported, files to join to it, names of files that are of no use).

    Of a package the files with rows of this kind are one; the others are joined where they share a number.
    """
    named: list[Opened] = []
    packed: list[Opened] = []
    unused: list[str] = []
    for path in paths:
        files = [OneFile(one, kind=kind) for one in open_sources(path, work=work, encoding=encoding)]
        unused += [name for file in files for name in file.source.left_out]
        if len(files) == 1:
            named.append(files[0])
            continue
        groups, others = _groups(files, kind=kind, name=path.name)
        packed += groups
        unused += others
    files_ = [*named, *packed]
    base = max(files_, key=lambda file: line_columns(kind, file.headings)) if len(files_) > 1 else files_[0]
    joined = [file for file in named if file is not base]
    waiting = [file for file in packed if file is not base]
    joins = [file for file in waiting if kind == "orders"]
    while match := _first_that_shares((base, *joined), joins):  # customers by the orders' file, perhaps
        joined.append(match)
        joins.remove(match)
        waiting.remove(match)
    unused += [file.source.name for file in waiting]
    return base, joined, unused


def _first_that_shares(files: Sequence[Opened], others: Sequence[Opened]) -> Opened | None:
    there = [name for file in files for name in file.headings]
    return next((file for file in others if shared_key(there, file.headings)), None)


def _groups(files: Sequence[OneFile], *, kind: str, name: str) -> tuple[list[Opened], list[str]]:
    """Files that are alike together, and the names of those without any heading that is known."""
    known = known_headings(kind)
    groups: list[list[OneFile]] = []
    unused: list[str] = []
    for file in files:
        there = set(map(plain_heading, file.headings))
        if not there & known:
            unused.append(file.source.name)
            continue
        for group in groups:
            other = set(map(plain_heading, group[0].headings))
            if len(there & other) >= ALIKE * len(there | other):
                group.append(file)
                break
        else:
            groups.append([file])
    if not groups:
        raise BadFile(
            _("%(name)s packs %(n)d files, none with headings that are known: %(names)s.")
            % {"name": name, "n": len(files), "names": ", ".join(one.source.name for one in files[:8])},
            remedy="package",
        )
    return [group[0] if len(group) == 1 else SeveralFiles(group) for group in groups], unused


def line_columns(kind: str, headings: Sequence[str]) -> tuple[int, int]:
    """How many of an order line's own columns, and of all, the headings may be: the most name the file with
    the lines.
    """
    plain = set(map(plain_heading, headings))
    presets = [preset for kinds in all_presets().values() if (preset := kinds.get(kind))]
    return max(
        (
            sum(bool(plain & set(map(plain_heading, preset.columns.get(name, ())))) for name in LINE_COLUMNS),
            len(plain & preset.known_headings()),
        )
        for preset in presets
    )
