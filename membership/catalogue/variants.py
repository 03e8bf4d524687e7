"""Groups of variants: made as products name them, each with the options that its products have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from membership.models import Product, ProductGroup
from membership.models.catalogue.groups import Options

MAX_OPTIONS = 5
OPTION_NAME_LENGTH, OPTION_VALUE_LENGTH = 40, 80


@dataclass(frozen=True)
class GroupDraft:
    """A group as a product names it: ``name`` counts for a new one only, option names are added."""

    code: str
    name: str = ""
    option_names: tuple[str, ...] = ()


def groups_of(drafts: Iterable[GroupDraft]) -> dict[str, ProductGroup]:
    """code -> group; those that are missing are made. Option names that are new come last in the group.

    Two queries where all is so already. Call in a transaction.
    """
    wanted: dict[str, GroupDraft] = {}
    for draft in drafts:
        before = wanted.get(draft.code, GroupDraft(draft.code))
        names = tuple(dict.fromkeys((*before.option_names, *draft.option_names)))
        wanted[draft.code] = GroupDraft(draft.code, before.name or draft.name, names)
    if not wanted:
        return {}
    known = set(ProductGroup.objects.filter(code__in=wanted).values_list("code", flat=True))
    new = [
        ProductGroup(code=code, name=one.name, options=list(one.option_names))
        for code, one in wanted.items()
        if code not in known
    ]
    ProductGroup.objects.bulk_create(new, ignore_conflicts=True)
    rows = ProductGroup.objects.select_for_update(no_key=True).filter(code__in=wanted).order_by("pk")
    groups = {group.code: group for group in rows}
    for code, group in groups.items():
        missing = [name for name in wanted[code].option_names if name not in group.options]
        if missing:
            group.options = [*group.options, *missing]
            group.save(update_fields=("options",))
    return groups


def owners(groups: Iterable[ProductGroup]) -> dict[tuple[int, str], Product]:
    """(group id, key of the options) -> the product that has them. One query."""
    rows = Product.objects.filter(group__in=list(groups)).exclude(options_key="")
    return {
        (row.group_id or 0, row.options_key): row for row in rows.only("pk", "sku", "group", "options_key")
    }


def clean_options(options: Mapping[str, str]) -> Options | None:
    """Without empty values; None for none."""
    return {name: value for name, value in options.items() if name and value} or None
