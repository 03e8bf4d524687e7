"""Rows of other tables: moved to the member who is kept, noted, and brought back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet, UniqueConstraint

from membership.models import Merge, MergedRow
from registry.tables.bulk import insert_rows
from registry.tables.one_of import OneOf

Change = MergedRow.Change


def move_rows(*, merge: Merge, model: type[Model], field: str) -> int:
    """Have the other member's rows name the one who is kept, and note them; how many."""
    rows = model._base_manager.filter(**{field: merge.other_id})
    for rule in _unique_rules(model, field):
        rows = rows.exclude(_clash(rule, model, field, merge))
    ids = rows.order_by("pk").values_list("pk", flat=True)
    return move_these(merge=merge, model=model, field=field, ids=ids)


def move_these(*, merge: Merge, model: type[Model], field: str, ids: Iterable[int]) -> int:
    """The same for the rows with these ids."""
    wanted = list(ids)
    if not wanted:
        return 0
    model._base_manager.filter(OneOf("pk", wanted)).update(**{field: merge.kept_id})
    return insert_rows(
        model=MergedRow,
        columns=("merge_id", "table", "row_id", "change"),
        rows=((merge.pk, model._meta.label, pk, Change.MOVED.value) for pk in wanted),
        ignore_conflicts=True,  # it came back to the other member meanwhile, and follows again
    )


def return_rows(*, merge: Merge, model: type[Model], field: str) -> int:
    """Have the rows that moved, and still belong to the member who was kept, name the other one again."""
    rows = model._base_manager.filter(**{field: merge.kept_id}, pk__in=moved_ids(merge=merge, model=model))
    return rows.update(**{field: merge.other_id})


def moved_ids(*, merge: Merge, model: type[Model]) -> QuerySet[MergedRow, int]:
    rows = MergedRow.objects.filter(merge=merge, table=model._meta.label, change=Change.MOVED)
    return rows.order_by().values_list("row_id", flat=True)


def change_row(*, merge: Merge, row: Model, **values: object) -> None:
    """Change columns of a row and note what they were."""
    before = {name: getattr(row, name) for name in values}
    type(row)._base_manager.filter(pk=row.pk).update(**values)
    MergedRow.objects.create(
        merge=merge, table=row._meta.label, row_id=row.pk, change=Change.CHANGED, before=before
    )


def note_made(*, merge: Merge, row: Model) -> None:
    """Note a row that the merge itself wrote, with what it says: an undo takes it away."""
    said = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    MergedRow.objects.create(
        merge=merge, table=row._meta.label, row_id=row.pk, change=Change.MADE, before=said
    )


def noted(*, merge: Merge, model: type[Model], change: MergedRow.Change) -> Iterator[MergedRow]:
    yield from MergedRow.objects.filter(merge=merge, table=model._meta.label, change=change).order_by(
        "row_id"
    )


def remove_made(*, merge: Merge, model: type[Model]) -> int:
    """Delete the rows of this table that the merge wrote; how many were there."""
    ids = [row.row_id for row in noted(merge=merge, model=model, change=Change.MADE)]
    return model._base_manager.filter(pk__in=ids).delete()[0]


def restore_changed(*, merge: Merge, model: type[Model]) -> None:
    """Give the rows of this table that the merge changed the values from before it."""
    for row in noted(merge=merge, model=model, change=Change.CHANGED):
        model._base_manager.filter(pk=row.row_id).update(**as_stored(model, row.before or {}))


def as_stored(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that were kept as JSON, as the model's columns take them."""
    fields: dict[str, Any] = {field.attname: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in values.items()}


def _unique_rules(model: type[Model], field: str) -> Iterator[tuple[tuple[str, ...], Q]]:
    """(other columns, condition) of the unique rules that ``field`` is part of."""
    if model._meta.get_field(field).unique:  # type: ignore[union-attr]  # a foreign key
        yield (), Q()
    for names in model._meta.unique_together:
        if field in names:
            yield tuple(name for name in names if name != field), Q()
    for rule in model._meta.constraints:
        if isinstance(rule, UniqueConstraint) and field in rule.fields:
            yield tuple(name for name in rule.fields if name != field), rule.condition or Q()


def _clash(rule: tuple[tuple[str, ...], Q], model: type[Model], field: str, merge: Merge) -> Q:
    """Rows that the member who is kept has too, as far as a unique rule looks."""
    names, condition = rule
    others = {name: OuterRef(name) for name in names}
    same = model._base_manager.filter(condition, **{field: merge.kept_id}, **others)
    return Q(Exists(same)) & condition
