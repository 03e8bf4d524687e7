"""Rows deleted in sets, as the foreign keys to them say, without reading them: Django's own ``delete`` makes
an object of each row and asks for each hundred of them which rows follow.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import CASCADE, PROTECT, RESTRICT, SET_NULL, ForeignKey, Model, ProtectedError
from django.db.models.signals import post_delete, pre_delete

from importing.uses import relations
from registry.tables.one_of import OneOf


def delete_rows(model: type[Model], ids: Sequence[int]) -> None:
    """Delete the rows of these ids and what follows them. Raises ProtectedError. Call it in a transaction."""
    if not ids:
        return
    rows = model._base_manager.filter(OneOf("id", ids))
    if _is_told(model):
        rows.delete()
        return
    for key in relations(model):
        _follow(key, ids)
    rows._raw_delete(rows.db)  # no public way deletes without reading first


def _follow(key: ForeignKey[Model, Model], ids: Sequence[int]) -> None:
    """What becomes of the rows that name those of ``ids`` by this key."""
    rule = key.remote_field.on_delete
    named = key.model._base_manager.filter(OneOf(key.attname, ids))
    if rule is SET_NULL:
        if named.exists():
            named.update(**{key.attname: None})
    elif rule in (PROTECT, RESTRICT):
        if named.exists():
            raise ProtectedError(
                f"rows of {key.model._meta.label} name rows that are deleted", set(named[:5])
            )
    elif rule is CASCADE:
        if _is_told(key.model) or any(True for _one in relations(key.model)):
            delete_rows(key.model, list(named.values_list("pk", flat=True)))
        else:
            named._raw_delete(named.db)


def _is_told(model: type[Model]) -> bool:
    """Whether somebody is to hear of every row that goes: then Django deletes them."""
    return pre_delete.has_listeners(model) or post_delete.has_listeners(model)
