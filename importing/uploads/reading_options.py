"""How staff say that a file is to be read, and how that is kept for the next file with the same headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from importing.mapping import Overrides
from importing.running import Options
from importing.uploads.recognising import signature
from learning.json_types import JsonObject
from membership.models import SavedMapping
from registry.tables.storable import storable

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True)
class ReadingOptions:
    """What is not said is told from the file. ``kind`` "" is told from the headings."""

    kind: str = ""
    preset: str | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str, str], ...] = ()
    date_order: str | None = None
    encoding: str | None = None
    unknown: str | None = None
    changed: str = "update"

    @property
    def for_plan(self) -> Overrides:
        return Overrides(
            mapping=self.mapping, values=self.values, preset=self.preset, date_order=self.date_order
        )

    def as_json(self, *, joins: Sequence[Path] = ()) -> JsonObject:
        """As ``ImportReport.options`` keeps it."""
        others = Options(
            joins=joins, values=self.values, date_order=self.date_order, unknown=self.unknown,
            changed=self.changed,
        )  # fmt: skip
        return {
            "mapping": [list(pair) for pair in self.mapping], "preset": self.preset,
            "encoding": self.encoding, **others.as_json(),
        }  # fmt: skip


def from_json(kind: str, options: Mapping[str, object]) -> ReadingOptions:
    """The way back from ``as_json``."""
    stored: JsonObject = dict(options)
    return ReadingOptions(
        kind=kind,
        preset=stored["preset"],
        mapping=tuple((theirs, ours) for theirs, ours in stored["mapping"]),
        values=tuple((column, theirs, ours) for column, theirs, ours in stored["values"]),
        date_order=stored["date_order"],
        encoding=stored["encoding"],
        unknown=stored["unknown"],
        changed=stored["changed"],
    )


def save_mapping(
    *, name: str, headings: Sequence[str], options: ReadingOptions, user: User | None = None
) -> SavedMapping:
    """Keep the options for files with these headings; those kept before are replaced."""
    saved, _is_new = SavedMapping.objects.update_or_create(
        signature=signature(headings),
        kind=options.kind,
        defaults={
            "name": storable(name)[:80],
            "headings": [storable(heading) for heading in headings],
            "options": options.as_json(),
            "created_by": user,
        },
    )
    return saved


def saved_mapping(*, headings: Sequence[str], kind: str = "") -> SavedMapping | None:
    """What was kept for files with these headings, of this kind if one is named; the newest."""
    same = SavedMapping.objects.filter(signature=signature(headings))
    return (same.filter(kind=kind) if kind else same).order_by("-updated_at").first()


def with_saved(options: ReadingOptions, *, saved: SavedMapping | None) -> ReadingOptions:
    """The saved options, where staff have said nothing themselves."""
    if saved is None or replace(options, kind="") != ReadingOptions():
        return options
    return from_json(saved.kind, saved.options)
