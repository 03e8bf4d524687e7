"""The kinds of files that can be imported. An app registers its own in ``AppConfig.ready()``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from membership.importing.files.frames import Outcome
    from membership.importing.files.reading import Chunk


@dataclass(frozen=True)
class Field:
    """One column. A bad value rejects its row, or where ``lenient`` is left empty and flagged."""

    name: str
    clean: Callable[[object], object]
    required: bool = False
    lenient: bool = False


class Importer(Protocol):
    """How one kind of file is written."""

    def chunks(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]: ...

    def prepare(self, chunk: Chunk) -> Any:
        """Clean; touches no database."""

    def write(self, prepared: Any) -> Outcome:
        """Write, inside the chunk's transaction."""

    def forget(self) -> None:
        """The transaction was rolled back: nothing that was learnt in it is true."""


class MakeImporter(Protocol):
    """What makes the importer of one file: its columns are ours -> the file's."""

    def __call__(self, *, fields: Sequence[Field], columns: Mapping[str, str], now: datetime) -> Importer: ...


@dataclass(frozen=True)
class ImportKind:
    """One kind of file, such as "orders".

    ``fields(now)`` are its columns; moments later than a day after ``now`` are refused. ``importer()``
    imports and returns the class that writes it, so that nothing heavy is loaded before it is needed.
    """

    name: str
    fields: Callable[[datetime], tuple[Field, ...]]
    importer: Callable[[], MakeImporter]


_kinds: dict[str, ImportKind] = {}


def register_import_kind(kind: ImportKind) -> None:
    _kinds[kind.name] = kind


def import_kind(name: str) -> ImportKind:
    """The kind of this name. Raises KeyError."""
    return _kinds[name]


def import_kinds() -> list[ImportKind]:
    return list(_kinds.values())
