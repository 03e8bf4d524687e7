"""Which rows of a products file are variants of one thing, and what makes each of them.

A file says it by the columns ``group`` and ``options``, or as shop systems do: by a parent (Shopify's handle,
WooCommerce's parent) and up to three options with their values, or one text for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from importing.files.facts import VARIATION, parent_of
from importing.kinds.product_rows import ProductRow
from importing.traces import note_changed
from membership.catalogue.variants import OPTION_VALUE_LENGTH, GroupDraft, groups_of, owners
from membership.cleaning.text import options_of
from membership.models import ProductGroup
from membership.models.catalogue.groups import Options, options_key

UNNAMED = "Option"
"""What an option is called whose name no column tells."""
NUMBERED = tuple((f"option{n}_name", f"option{n}") for n in (1, 2, 3))
Place = tuple[int, str]


def name_group(row: ProductRow, *, raw_name: str, parents: Mapping[str, Mapping[str, str]]) -> None:
    """Fill in the row's ``group``, ``group_name`` and ``variant``, where it is a variant of something."""
    options = _options(row)
    parent, listed = row.get("parent"), parents.get(VARIATION + (row.get("sku") or ""))
    if listed is not None and not row.get("group"):  # its parent's row tells
        row["group"], row["group_name"] = listed["sku"], row.get("group_name") or listed["name"]
        options = options or options_of(listed["options"])
    kind = (row.get("product_type") or "").casefold()
    if not row.get("group") and parent and (options or row.get("option") or kind.startswith("variation")):
        known = parent_of(parents, parent)
        by_id = parent.startswith("id:")
        row["group"] = (known.get("sku") if by_id else "") or parent.removeprefix("id:")
        row["group_name"] = row.get("group_name") or known.get("name") or raw_name
    if row.get("group"):
        row["variant"] = options or _in_one_text(row.get("option"))


def _options(row: ProductRow) -> Options | None:
    """What the columns say, which are taken off the row: what is stored of them ``Variants.place`` adds."""
    text = row.pop("options", None)
    if isinstance(text, str):
        return options_of(text)
    names = (UNNAMED, f"{UNNAMED} 2", f"{UNNAMED} 3")
    pairs = [
        (row.get(name) or unnamed, row.get(value))
        for (name, value), unnamed in zip(NUMBERED, names, strict=True)
    ]
    return {str(name): str(value) for name, value in pairs if value} or None


def _in_one_text(option: str | None) -> Options | None:
    return {UNNAMED: option[:OPTION_VALUE_LENGTH]} if option else None


@dataclass
class Variants:
    """The groups of one chunk's rows, and which products have which options in them."""

    groups: dict[str, ProductGroup]
    owners: dict[Place, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[ProductRow]) -> Variants:
        """Groups that are missing are made. Four queries at most, none without variants."""
        drafts = [
            GroupDraft(code, row.get("group_name") or "", tuple(row.get("variant") or ()))
            for row in rows
            if (code := row.get("group"))
        ]
        if not drafts:
            return cls({})
        codes = {draft.code for draft in drafts}
        known = set(ProductGroup.objects.filter(code__in=codes).values_list("code", flat=True))
        groups = groups_of(drafts)
        made = {one.pk: {"code": (None, code)} for code, one in groups.items() if code not in known}
        note_changed(ProductGroup._meta.label, made)
        taken = owners(groups.values())
        return cls(groups, {place: product.sku for place, product in taken.items()})

    def place(self, row: ProductRow, *, sku: str, before: Mapping[str, object]) -> bool:
        """Give the row what is stored of its group; False where another product has its options already.

        Such a product is in the group all the same, without options.
        """
        group = self.groups.get(row.get("group") or "")
        if group is None:
            return True
        row["group_id"] = group.pk
        options = row.get("variant")
        key = options_key(options)
        owner = self.owners.get((group.pk, key)) if key else None
        if owner is not None and owner != sku:
            return False
        held = cast("Place", (before.get("group_id"), before.get("options_key")))
        if options and self.owners.get(held) == sku:
            del self.owners[held]
        if options:
            row["options"], row["options_key"] = dict(options), key
            self.owners[group.pk, key] = sku
        elif before.get("options") and before.get("group_id") != group.pk:  # options of another group
            row["options"], row["options_key"] = {}, ""
        return True
