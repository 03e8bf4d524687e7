"""Words of a file's columns that hold one of ours, as an order's status, and what each is read as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importing.previews.cells import CHOICES
from importing.registry import Field
from membership.cleaning.values import Mended, Unclean

if TYPE_CHECKING:
    import pyarrow as pa

MOST_WORDS = 60
ASKED = {("orders", "status"), ("members", "status"), ("members", "tier"), ("events", "type")}
"""Columns whose words staff may say the meaning of."""
NOT_FROM_FILES = {("members", "status"): ("merged", "erased")}


@dataclass(frozen=True)
class Word:
    """``ours`` is "" where the word is not known; ``count`` of the rows that were looked at."""

    theirs: str
    ours: str
    count: int


@dataclass(frozen=True)
class WordTable:
    field: str
    words: list[Word]
    choices: list[tuple[str, str]]


def word_tables(table: pa.Table, *, kind: str, fields: Sequence[Field]) -> list[WordTable]:
    """The commonest words first; unknown ones before all."""
    return [
        WordTable(field=spec.name, words=_words(table, spec), choices=choices(kind, spec.name))
        for spec in fields
        if (kind, spec.name) in ASKED and spec.name in table.column_names
    ]


def choices(kind: str, name: str) -> list[tuple[str, str]]:
    """Our words for a column: (word, in the reader's language)."""
    left_out = NOT_FROM_FILES.get((kind, name), ())
    return [(value, str(text)) for value, text in CHOICES[kind, name].choices if value not in left_out]


def _words(table: pa.Table, spec: Field) -> list[Word]:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.column(spec.name)
    counts = pc.value_counts(column if pa.types.is_string(column.type) else column.cast(pa.string()))
    counted = [(one["values"] or "", one["counts"]) for one in counts.to_pylist()]
    words = [Word(text[:80], _ours(text, spec), count) for text, count in counted if text.strip()]
    return sorted(words, key=lambda word: (bool(word.ours), -word.count, word.theirs))[:MOST_WORDS]


def _ours(text: str, spec: Field) -> str:
    try:
        value = spec.clean(text)
    except Unclean:
        return ""
    value = value.value if isinstance(value, Mended) else value
    return "" if value is None else str(value)
