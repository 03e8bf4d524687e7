"""The file of rows that were not taken as they stood, with the reason and their original values."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from importing.files.frames import Note
from importing.files.reading import Chunk, Malformed
from importing.files.sources import REJECTS_HEADING
from importing.reasons import explain
from membership.csv_cells import safe_cell

if TYPE_CHECKING:
    from collections.abc import Iterator


class RejectsFile:
    """Appends rows. ``size`` is what has been committed; what lies beyond was written by a dead worker."""

    def __init__(self, path: Path, *, size: int, columns: Sequence[str], first_row: int) -> None:
        self.path, self.size, self.columns = path, size, list(columns)
        self.first_row = first_row  # what the file's first data row is called: 2 under a heading

    def append(self, chunk: Chunk, *, rejected: Sequence[Note], remarks: Sequence[Note]) -> int:
        """Write and flush to disk; the size that is valid once the caller's transaction has committed."""
        lines = list(self._lines(chunk, rejected=rejected, remarks=remarks))
        if not lines:
            return self.size
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO()
        writer = csv.writer(text)
        if self.size == 0:
            writer.writerow([*REJECTS_HEADING, *map(safe_cell, self.columns)])
        writer.writerows(lines)
        with self.path.open("ab") as file:
            file.truncate(self.size)
            file.write(text.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())
            return file.tell()

    def _lines(
        self, chunk: Chunk, *, rejected: Sequence[Note], remarks: Sequence[Note]
    ) -> Iterator[list[object]]:
        rows: list[tuple[int, list[object]]] = []
        of_row: dict[int, list[tuple[str, Note]]] = {}
        for outcome, notes in (("rejected", rejected), ("remark", remarks)):
            for note in notes:
                of_row.setdefault(note.row, []).append((outcome, note))
        originals = self._originals(chunk, list(of_row))
        for (row, noted), original in zip(of_row.items(), originals, strict=True):
            number = int(chunk.numbers[row])  # a row comes once, so that a corrected file doubles none
            fields = "; ".join(dict.fromkeys(note.field for _outcome, note in noted if note.field))
            reasons = "; ".join(dict.fromkeys(self._reason(note) for _outcome, note in noted))
            rows.append((number, [self._shown(number), noted[0][0], fields, reasons, *original]))
        rows += [(row.number, self._malformed(row)) for row in chunk.malformed]
        for _number, line in sorted(rows, key=lambda pair: pair[0]):
            yield line

    def _reason(self, note: Note) -> str:
        row = None if note.bad_row is None else self._shown(note.bad_row)
        return explain(note.code, detail=note.detail, row=row, field=note.field)

    def _originals(self, chunk: Chunk, rows: Sequence[int]) -> list[list[str]]:
        if not rows:
            return []
        taken = chunk.original.take(list(rows))
        columns = [[_original(value) for value in column.to_pylist()] for column in taken.columns]
        return [list(values) for values in zip(*columns, strict=True)]

    def _malformed(self, row: Malformed) -> list[object]:
        reason = f"{explain('malformed')}: {row.n_fields} / {row.expected}"
        return [self._shown(row.number), "rejected", "", reason, safe_cell(row.text.replace("\x00", "\\0"))]

    def _shown(self, number: int) -> int:
        return number + self.first_row - 1


def _original(value: object) -> str:
    return "" if value is None else safe_cell(str(value))
