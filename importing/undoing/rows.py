"""Rows of any table: those that were made go, those that were changed get their earlier values back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.db.models import Model

from importing.traces import plain
from importing.undoing.deleting import delete_rows
from importing.undoing.state import Undoing
from importing.uses import used_by
from membership.models import ImportTrace
from membership.models.transfers.import_undos import Changed
from registry.tables.one_of import OneOf

Touched = Callable[[Undoing, Sequence[Model]], dict[int, str]]
"""The reasons of its own by which a table's rows stay: id -> code."""
EDITED = "edited"
NOT_COUNTED = ("updated_at",)
"""Goes back with the others, and says nothing by itself."""
UNIQUE = ("email", "phone")
"""Of members: they may have gone from one to another."""


def locked(model: type[Model], ids: Sequence[int]) -> list[Model]:
    return list(model._base_manager.select_for_update().filter(OneOf("id", ids)).order_by("pk"))


def remove_made(
    undoing: Undoing,
    model: type[Model],
    ids: Sequence[int],
    *,
    own: Sequence[str] = (),
    apart: Sequence[str] = (),
    touched: Touched | None = None,
    written: Mapping[int, Changed] | None = None,
) -> list[Model]:
    """Delete those of ``ids`` that nobody has touched; the rows that went.

    ``own`` are tables whose rows of this import go along; ``written`` holds the values that the import gave
    them, where the rows themselves do not tell whether they were edited.
    """
    rows = locked(model, ids)
    keys = [row.pk for row in rows]
    reasons = {
        pk: f"used:{label}"
        for pk, label in used_by(
            model, keys, own={label: undoing.own_rows(label) for label in own}, apart=apart
        ).items()
    }
    for row in rows:
        moment = getattr(row, "updated_at", undoing.report.queued_at)
        if moment != undoing.report.queued_at or not _is_as_written(row, (written or {}).get(row.pk, {})):
            reasons[row.pk] = EDITED
    reasons |= touched(undoing, rows) if touched else {}
    undoing.keep_all(rows, reasons)
    going = [row for row in rows if row.pk not in reasons]
    delete_rows(model, [row.pk for row in going])
    undoing.gone[model._meta.label] += len(going)
    return going


def _is_as_written(row: Model, fields: Changed) -> bool:
    return all(plain(getattr(row, name)) == after for name, (_before, after) in fields.items())


def put_back(undoing: Undoing, model: type[Model], changed: Mapping[int, Changed]) -> list[Model]:
    """Give fields that still are as the import left them their earlier values; the rows that changed."""
    rows = locked(model, list(changed))
    wanted: dict[int, dict[str, object]] = {}
    reasons: dict[int, str] = {}
    for row in rows:
        wanted[row.pk] = {}
        for name, (before, after, *_given) in changed[row.pk].items():
            if _value(row, name, after) == getattr(row, name):
                wanted[row.pk][name] = _value(row, name, before)
            elif name not in NOT_COUNTED:
                reasons[row.pk] = EDITED
    for name in UNIQUE:
        reasons |= _leave_out_taken(rows, wanted, name, changed)
    reasons |= _leave_out_missing(rows, wanted)
    undoing.keep_all(rows, reasons)
    _save(model, [row for row in rows if wanted[row.pk]], wanted)
    going = [row for row in rows if set(wanted[row.pk]) - set(NOT_COUNTED)]
    undoing.gone[model._meta.label] += len(going)
    return going


def _save(model: type[Model], rows: Sequence[Model], wanted: Mapping[int, Mapping[str, object]]) -> None:
    for row in rows:
        for name, value in wanted[row.pk].items():
            setattr(row, name, value)
    by_names: dict[tuple[str, ...], list[Model]] = {}
    for row in rows:
        by_names.setdefault(tuple(sorted(wanted[row.pk])), []).append(row)
    for columns, some in by_names.items():
        model._base_manager.bulk_update(some, columns, batch_size=200)


def _leave_out_taken(
    rows: Sequence[Model],
    wanted: Mapping[int, dict[str, object]],
    name: str,
    changed: Mapping[int, Changed],
) -> dict[int, str]:
    """An e-mail address or phone that is another's by now stays there; the row keeps what the import gave."""
    asking = {value: pk for pk, values in wanted.items() if (value := values.get(name)) is not None}
    if not asking:
        return {}
    given = {pk: changed[pk][name][-1] for pk in asking.values()}
    owners = type(rows[0])._base_manager.filter(**{f"{name}__in": [*asking, *filter(None, given.values())]})
    owned = {value: pk for pk, value in owners.values_list("pk", name)}
    taken = {value: pk for value, pk in asking.items() if owned.get(value, pk) != pk}
    for pk in taken.values():
        wanted[pk][name] = given[pk] if owned.get(given[pk], pk) == pk and given[pk] not in asking else None
    return dict.fromkeys(taken.values(), "contact_taken")


def free_contacts(undoing: Undoing, model: type[Model], changed: Mapping[int, Changed]) -> None:
    """Empty unique values that are as the import left them, before any row gets its earlier one back.

    The trace is told: the value after the import is none now, and the one that the import gave stands third.
    """
    freed: dict[str, Changed] = {}
    for row in locked(model, list(changed)):
        fields = changed[row.pk]
        names = [
            name for name in UNIQUE if name in fields and fields[name][1] == getattr(row, name) is not None
        ]
        if names:
            model._base_manager.filter(pk=row.pk).update(**dict.fromkeys(names))
            freed[str(row.pk)] = {name: [fields[name][0], None, fields[name][1]] for name in names}
    if freed:
        trace = ImportTrace.objects.get(pk=undoing.trace_id)
        content = trace.unpacked()
        for key, fields in freed.items():
            content["changed"][key] |= fields
        ImportTrace.objects.filter(pk=trace.pk).update(content=ImportTrace.packed(content))


def _leave_out_missing(rows: Sequence[Model], wanted: Mapping[int, dict[str, object]]) -> dict[int, str]:
    """What an earlier value names may have been deleted since."""
    reasons: dict[int, str] = {}
    keys = [field for field in (rows[0]._meta.concrete_fields if rows else ()) if field.is_relation]
    for field in keys:
        asking = {
            values[field.attname] for values in wanted.values() if values.get(field.attname) is not None
        }
        if not asking or field.related_model is None:
            continue
        there = set(field.related_model._base_manager.filter(pk__in=asking).values_list("pk", flat=True))
        for pk, values in wanted.items():
            if values.get(field.attname) is not None and values[field.attname] not in there:
                del values[field.attname]
                reasons[pk] = "reference_gone"
    return reasons


def _value(row: Model, name: str, stored: object) -> object:
    """A value of a trace as the row's field holds it."""
    field = next(one for one in row._meta.concrete_fields if name in (one.name, one.attname))
    value: object = field.to_python(stored)
    return value
