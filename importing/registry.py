"""The kinds of files that can be imported. An app registers its own in ``AppConfig.ready()``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from importing.presets.loading import Rules
from importing.writing.rehearsing import Rehearsed
from membership.cleaning.columns import AtOnce

if TYPE_CHECKING:
    from importing.files.frames import Outcome
    from importing.files.reading import Chunk


@dataclass(frozen=True)
class Field:
    """One column. A bad value rejects its row, or where ``lenient`` is left empty and flagged.

    ``form`` says how files write it (``text``, ``key``, ``number``, ``moment``; "" is taken as it stands);
    ``instead`` names columns of which one is enough where this required one is missing; ``at_once`` cleans
    what it can of a column's distinct values in one go, with the same results as ``clean``.
    """

    name: str
    clean: Callable[[object], object]
    required: bool = False
    lenient: bool = False
    form: str = ""
    instead: tuple[str, ...] = ()
    at_once: AtOnce | None = None


class FileFacts(TypedDict, total=False):
    """What only the whole file says."""

    shared_contacts: frozenset[tuple[str, str]]  # (column, plain contact) that several people give
    parents: Mapping[str, Mapping[str, str]]  # products with variants: number -> column -> value
    unclear_days: bool  # no day of the file tells the order of day and month


@dataclass(frozen=True)
class Choices:
    """What the caller of an import decides, beyond the columns."""

    now: datetime
    unknown: str = "reject"  # or "create"
    changed: str = "update"  # or "reject"
    rules: Rules = field(default_factory=Rules)
    facts: FileFacts = field(default_factory=FileFacts)
    source: str = "import"  # of the changes, in the history of orders
    reason: str = ""
    rehearsed: Rehearsed | None = None  # of a dry run, whose chunks are rolled back
    resumes: bool = False  # chunks before were written by a worker that died

    def count_new(self, table: str, names: Sequence[str]) -> int:
        """How many of the rows that a chunk makes are to be counted as made: all, but for a dry run."""
        return len(names) if self.rehearsed is None else self.rehearsed.count_new(table, names)


class Importer(Protocol):
    """How one kind of file is written."""

    def prepare(self, chunk: Chunk) -> Any:
        """Clean; touches no database."""

    def write(self, prepared: Any) -> Outcome:
        """Write, inside the chunk's transaction."""

    def forget(self) -> None:
        """The transaction was rolled back: drop ids of rows that it made."""


class MakeImporter(Protocol):
    """What makes the importer of one file: its columns are ours -> the file's."""

    def __call__(
        self, *, fields: Sequence[Field], columns: Mapping[str, str], choices: Choices
    ) -> Importer: ...


@dataclass(frozen=True)
class ImportKind:
    """One kind of file, such as "orders".

    ``fields(now)`` are its columns; moments later than a day after ``now`` are refused. ``importer()``
    imports and returns the class that writes it, so that nothing heavy is loaded before it is needed.
    Rows that agree in the column ``group_by`` come together, wherever the file has them.
    """

    name: str
    fields: Callable[[datetime], tuple[Field, ...]]
    importer: Callable[[], MakeImporter]
    group_by: str = ""


_kinds: dict[str, ImportKind] = {}


def register_import_kind(kind: ImportKind) -> None:
    _kinds[kind.name] = kind


def import_kind(name: str) -> ImportKind:
    """The kind of this name. Raises KeyError."""
    return _kinds[name]


def import_kinds() -> list[ImportKind]:
    return list(_kinds.values())
