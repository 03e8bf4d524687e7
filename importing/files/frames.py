"""Columns of a chunk, cleaned once a distinct value; and what a chunk's import comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from importing.registry import Field
from membership.cleaning.values import Mended

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

MISSING = -1


@dataclass(frozen=True)
class CleanColumn:
    """One column of a chunk: row i holds ``values[codes[i]]``.

    A code of -1 is "no value"; below that lies a value that cannot be used: ``problems[-2 - code]`` says why.
    """

    values: list[Any]
    codes: npt.NDArray[np.int32]
    problems: list[str]
    remarks: list[tuple[int, str]] = field(default_factory=list)  # (row, what was left out of its value)

    def numbers(self) -> npt.NDArray[np.int64]:
        """Whole numbers a row; 0 where there is none."""
        import numpy as np

        known = np.array([*self.values, 0], dtype=np.int64)
        return known[np.where(self.codes < 0, len(self.values), self.codes)]

    def objects(self) -> list[Any]:
        """Values a row; None where there is none."""
        return [self.values[code] if code >= 0 else None for code in self.codes.tolist()]


@dataclass(frozen=True)
class Note:
    """Something about one row: ``row`` is its position in the chunk.

    ``bad_row`` is the number of the row that is to blame, where that is another row of the same order.
    """

    row: int
    field: str
    code: str
    detail: str = ""
    bad_row: int | None = None


@dataclass
class Outcome:
    """What became of a chunk's good rows; the counts are rows of the file."""

    created: int = 0
    updated: int = 0
    duplicate: int = 0
    rejected: list[Note] = field(default_factory=list)
    remarks: list[Note] = field(default_factory=list)
    imputed: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    tallies: Counter[str] = field(default_factory=Counter)
    """Sums for the report, by a path such as ``members.created`` or ``net_sales.EUR`` (in thousandths)."""
    skus: list[str] = field(default_factory=list)
    """Of products: the number that each row is stored under, "" where it is none."""


class Cleaner:
    """Cleans the columns of one file, chunk by chunk, and remembers the values that chunks have in common."""

    REMEMBERED = 100_000  # values a column

    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str]) -> None:
        self.fields = [field for field in fields if field.name in columns]
        self.columns = columns
        self._known: dict[str, dict[object, object]] = {field.name: {} for field in self.fields}

    def clean(self, table: pa.Table) -> dict[str, CleanColumn]:
        """Our column -> its clean values, for those that the file has."""
        return {
            field.name: self._clean_column(table.column(self.columns[field.name]), field)
            for field in self.fields
        }

    def _clean_column(self, array: pa.ChunkedArray, spec: Field) -> CleanColumn:
        """Each distinct value is cleaned once. Different spellings of one clean value share a code."""
        import numpy as np

        raw, raw_codes = _distinct(array)
        codes: dict[object, int] = {}
        problems: list[str] = []
        recode: list[int] = []
        mended: dict[int, str] = {}
        for clean in self._cleaned(raw, spec):
            if type(clean) is Mended:
                mended[len(recode)] = clean.code
                clean = clean.value
            if clean is None:
                recode.append(MISSING)
            elif type(clean) is _Bad:
                recode.append(-2 - len(problems))
                problems.append(clean.code)
            else:
                recode.append(codes.setdefault(clean, len(codes)))
        recode.append(MISSING)  # the last one is for nulls, whose code is -1
        remarks = [
            (row, code) for at, code in mended.items() for row in np.flatnonzero(raw_codes == at).tolist()
        ]
        return CleanColumn(
            values=list(codes), codes=np.array(recode, dtype=np.int32)[raw_codes], problems=problems,
            remarks=remarks,
        )  # fmt: skip

    def _cleaned(self, raw: pa.Array, spec: Field) -> list[object]:
        """The clean values of ``raw``, None or _Bad."""
        import numpy as np
        import pyarrow as pa

        if spec.at_once is None:
            return self._one_by_one(_objects(raw), spec)
        covered, values = spec.at_once(raw)
        rest = np.flatnonzero(~covered)
        for at, value in zip(
            rest.tolist(), self._one_by_one(_objects(raw.take(pa.array(rest))), spec), strict=True
        ):
            values[at] = value
        return values

    def _one_by_one(self, raw: list[object], spec: Field) -> list[object]:
        """The same by the function for single values; from memory where they were seen before."""
        from membership.cleaning.values import Unclean

        known, clean = self._known[spec.name], spec.clean
        if len(known) > self.REMEMBERED:
            known.clear()
        results: list[object] = []
        for value in raw:
            result = known.get(value, _UNSEEN)
            if result is _UNSEEN:
                try:
                    result = clean(value)
                except Unclean as error:
                    result = _Bad(error.code)
                known[value] = result
            results.append(result)
        return results


@dataclass(frozen=True)
class _Bad:
    """Stands for a value that cannot be used."""

    code: str


_UNSEEN = object()


def _distinct(array: pa.ChunkedArray) -> tuple[pa.Array, npt.NDArray[np.int32]]:
    """(distinct values, code a row; -1 for null)."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us", tz=array.type.tz), safe=False)
    encoded = array.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return encoded.dictionary, codes


def _objects(values: pa.Array) -> list[object]:
    import pyarrow as pa

    is_aware = pa.types.is_timestamp(values.type) and values.type.tz is not None
    objects = values.to_numpy(zero_copy_only=False).tolist()  # far faster than to_pylist
    return [value.replace(tzinfo=UTC) for value in objects] if is_aware else objects


@dataclass
class RowProblems:
    """The first problem of each row: 0 is none, n is ``kinds[n - 1]`` = (field, code)."""

    of_row: npt.NDArray[np.int32]
    kinds: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def none(cls, n_rows: int) -> RowProblems:
        import numpy as np

        return cls(of_row=np.zeros(n_rows, dtype=np.int32))

    def add(self, mask: npt.NDArray[np.bool_], *, name: str, code: str) -> None:
        """Note a problem where ``mask`` holds and no earlier one was noted."""
        if not mask.any():
            return
        if (name, code) not in self.kinds:
            self.kinds.append((name, code))
        self.of_row[mask & (self.of_row == 0)] = self.kinds.index((name, code)) + 1

    def note(self, row: int, *, problem: int | None = None) -> Note:
        name, code = self.kinds[(self.of_row[row] if problem is None else problem) - 1]
        return Note(row=row, field=name, code=code)


def check_columns(
    clean: Mapping[str, CleanColumn], *, fields: Sequence[Field], n_rows: int, outcome: Outcome
) -> RowProblems:
    """Missing and unusable values. Bad ones of lenient columns become missing, with a remark."""
    import numpy as np

    problems = RowProblems.none(n_rows)
    for spec in fields:
        column = clean.get(spec.name)
        if column is None:
            continue
        outcome.remarks += [Note(row=row, field=spec.name, code=code) for row, code in column.remarks]
        outcome.flagged.update(code for _row, code in column.remarks)
        if spec.required:
            problems.add(column.codes == MISSING, name=spec.name, code="missing")
        bad = np.flatnonzero(column.codes < MISSING)
        if not len(bad):
            continue
        why = [column.problems[-2 - code] for code in column.codes[bad].tolist()]
        if spec.lenient:
            outcome.remarks += [
                Note(row=row, field=spec.name, code=code) for row, code in zip(bad.tolist(), why, strict=True)
            ]
            outcome.flagged[f"{spec.name}_left_empty"] += len(bad)
            column.codes[bad] = MISSING
        else:
            for code in sorted(set(why)):
                mask = np.zeros(n_rows, dtype=bool)
                mask[bad[[one == code for one in why]]] = True
                problems.add(mask, name=spec.name, code=code)
    return problems
