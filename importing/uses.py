"""Which rows of other tables keep a row from being removed when an import is undone.

Every row that names a member, product or order does, of whatever table, unless its app registers the table
in ``AppConfig.ready()`` as computed: scores, forecasts and lists that are made anew go with the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import ForeignKey, ForeignObjectRel, Model, Q

from registry.tables.one_of import OneOf


@dataclass(frozen=True)
class Computed:
    """A table of computed rows, by its label. Rows that ``touched`` says staff have worked on count all the
    same.
    """

    label: str
    touched: Q | None = None


_computed: dict[str, Computed] = {}


def register_computed(*tables: Computed) -> None:
    _computed.update({table.label: table for table in tables})


def computed_tables() -> list[Computed]:
    return sorted(_computed.values(), key=lambda table: table.label)


def relations(model: type[Model]) -> Iterator[ForeignKey[Model, Model]]:
    """The foreign keys that point to ``model``."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey):
            yield relation.field


def used_by(
    model: type[Model], ids: Sequence[int], *, own: Mapping[str, Callable[[int], bool]], apart: Sequence[str]
) -> dict[int, str]:
    """id -> the label of a table with a row that names it, for those of ``ids`` that are in use.

    ``own`` tells by label whether a row (its id) belongs to the import itself; tables in ``apart`` are looked
    at elsewhere.
    """
    used: dict[int, str] = {}
    for key in relations(model):
        label = key.model._meta.label
        table = _computed.get(label)
        if label in apart or (table is not None and table.touched is None):
            continue
        rows = key.model._base_manager.filter(OneOf(f"{key.name}_id", ids)).order_by()
        if table is not None and table.touched is not None:
            rows = rows.filter(table.touched)
        is_own = own.get(label)
        if is_own is None:
            named_by = dict.fromkeys(rows.values_list(key.attname, flat=True).distinct(), label)
        else:
            pairs = rows.values_list("pk", key.attname)
            named_by = {named: label for pk, named in pairs.iterator(10_000) if not is_own(pk)}
        used = named_by | used
    return used
