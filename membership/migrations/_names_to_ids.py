"""Rules in their JSON form with ids in the place of names: what the steps of two apps share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.apps.registry import Apps

Find = Callable[[str, str], int | None]
_COLUMNS = {
    "category": ("Category", "path"), "product": ("Product", "sku"), "store": ("Store", "code"),
    "tag": ("Tag", "name"), "segment": ("Segment", "key"),
}  # fmt: skip


def finder(apps: Apps) -> Find:
    """The id of a kind's row by its name; None where there is none."""

    def find(kind: str, name: str) -> int | None:
        model, column = _COLUMNS[kind]
        rows = apps.get_model("membership", model).objects.filter(**{column: name})
        return rows.values_list("pk", flat=True).first()  # type: ignore[no-any-return]  # a historical model

    return find


def with_ids(data: Any, find: Find) -> Any:
    """``data`` with ids; a name that nothing has stays, and what is no rule stays as it is."""
    if isinstance(data, list):
        return [with_ids(one, find) for one in data]
    if not isinstance(data, dict):
        return data
    if isinstance(data.get("segment"), str):
        return {"segment": find("segment", data["segment"]) or data["segment"]}
    if "behaviour" in data:
        given = data.get("with", {})
        return {**data, "with": {name: _value(name, value, find) for name, value in given.items()}}
    if data.get("field") == "tags":
        return {**data, "values": [_value("tag", value, find) for value in data.get("values", [])]}
    return {key: with_ids(value, find) for key, value in data.items()}


def _value(kind: str, value: Any, find: Find) -> Any:
    if kind not in _COLUMNS or not isinstance(value, str):
        return value
    pk = find(kind, value)
    return value if pk is None else {kind: pk}


def uses(data: Any) -> Iterator[tuple[str, int]]:
    """Each (kind, id) that a rule names, once."""
    yield from dict.fromkeys(_uses(data))


def _uses(data: Any) -> Iterator[tuple[str, int]]:
    if isinstance(data, list):
        for one in data:
            yield from _uses(one)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in _COLUMNS and type(value) is int:
                yield key, value
            else:
                yield from _uses(value)
