"""Every table that names members says what a merge does to its rows."""

from __future__ import annotations

import pytest

from membership.merges.relations import (
    Follows,
    MergeRelation,
    merge_relations,
    moving_relations,
    register_merge_relations,
    undeclared_relations,
)
from membership.models import Order


def test_no_foreign_key_to_a_member_is_forgotten() -> None:
    assert undeclared_relations() == []


def test_a_new_foreign_key_would_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from membership.merges import relations

    declared = {
        key: one for key, one in relations._relations.items() if key != ("membership.Order", "member")
    }
    monkeypatch.setattr(relations, "_relations", declared)
    assert undeclared_relations() == ["membership.Order.member"]


def test_what_is_declared_exists() -> None:
    from django.apps import apps

    for relation in merge_relations():
        apps.get_model(relation.model)._meta.get_field(relation.field)
    assert (Order, "member") in moving_relations()


def test_rows_cannot_move_by_two_foreign_keys() -> None:
    with pytest.raises(ValueError, match="one foreign key"):
        register_merge_relations(MergeRelation("membership.Order", Follows.MOVES, field="payer"))
