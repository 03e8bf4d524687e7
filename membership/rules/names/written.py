"""Rules as text by the names of today. Ids are looked up for many rules at once: a query for each kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Model
from django.utils.translation import gettext as _

from membership.models import Category, Product, Segment, Store, Tag
from membership.rules.errors import RuleError
from membership.rules.json_form import from_json
from membership.rules.language import Names, render
from membership.rules.nodes import Node, Ref, refs_of, swapped

_COLUMNS: dict[str, tuple[type[Model], str]] = {
    "category": (Category, "path"),
    "product": (Product, "sku"),
    "store": (Store, "code"),
    "tag": (Tag, "name"),
    "segment": (Segment, "key"),
}


def names_of(refs: Iterable[Ref]) -> dict[Ref, str]:
    """How each is called now; what is gone says so, and cannot be read back."""
    ids: dict[str, set[int]] = {}
    wanted = list(dict.fromkeys(refs))
    for ref in wanted:
        ids.setdefault(ref.kind, set()).add(ref.id)
    found: dict[Ref, str] = {}
    for kind, some in ids.items():
        model, column = _COLUMNS[kind]
        rows = model._base_manager.filter(pk__in=some).values_list("pk", column)
        found |= {Ref(kind, pk): name for pk, name in rows}
    return {ref: found.get(ref) or _gone(ref) for ref in wanted}


def text_of(rule: Node) -> str:
    """The rule as staff write it, with the names of today."""
    return render(rule, names_of(refs_of(rule)))


def with_names(rule: Node) -> Node:
    """The rule with names of today for ids, as editors show it; ``check_rule`` puts the ids back."""
    return swapped(rule, names_of(refs_of(rule)))


def names_in(stored: Iterable[object]) -> dict[Ref, str]:
    """The names that rules in their JSON form use, with five queries at most."""
    rules = [rule for data in stored if (rule := readable(data)) is not None]
    return names_of(ref for rule in rules for ref in refs_of(rule))


def stored_text(data: object, *, names: Names | None = None) -> str | None:
    """A rule's JSON form as text; None for what is no rule: parameters of a model, or a newer program's."""
    rule = readable(data)
    if rule is None:
        return None
    return text_of(rule) if names is None else render(rule, names)


def readable(data: object) -> Node | None:
    """The rule of a JSON form; None for what is no rule."""
    try:
        return from_json(data)
    except RuleError:
        return None


def value_names(kind: str, ids: Iterable[int]) -> list[str]:
    """The names of rows of one kind, in their order."""
    return sorted(names_of(Ref(kind, pk) for pk in ids).values())


def _gone(ref: Ref) -> str:
    kinds: Mapping[str, str] = {
        "category": _("deleted category"), "product": _("deleted product"), "store": _("deleted store"),
        "tag": _("deleted tag"), "segment": _("deleted segment"),
    }  # fmt: skip
    return f"{kinds[ref.kind]} {ref.id}"
