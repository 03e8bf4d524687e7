"""One of a group: of products that are one thing in several variants, a list shows the best one.

Whatever becomes a list passes here: ``arrange`` (member lists, similar and bought-together products, carts,
trends), search, and stored lists as mailings and staff read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from membership.models import Product

T = TypeVar("T")
Groups = Mapping[int, int]
"""Product id -> id of its group, of those that are variants."""


def first_of_each_group(
    items: Iterable[T], *, group_of: Callable[[T], int | None], without: Iterable[int | None] = ()
) -> list[T]:
    """``items``, best first, without those whose group has come before, or is one of ``without``."""
    seen = {group for group in without if group is not None}
    kept: list[T] = []
    for one in items:
        group = group_of(one)
        if group is None:
            kept.append(one)
        elif group not in seen:
            seen.add(group)
            kept.append(one)
    return kept


def groups_among(products: Mapping[int, Product]) -> Groups:
    """The variants among products that were read with their ``group_id``. No query."""
    return {pk: product.group_id for pk, product in products.items() if product.group_id is not None}


def siblings(groups: Groups) -> Groups:
    """All variants of these groups, those given too. One query, none without groups."""
    if not groups:
        return {}
    rows = Product.objects.filter(group__in=set(groups.values())).values_list("pk", "group_id")
    return {pk: group for pk, group in rows if group is not None} | dict(groups)
