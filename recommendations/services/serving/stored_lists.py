"""Stored lists of many members at once, as each of them may see it now: for mailings and for staff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.utils import timezone

from membership.members.profiling import profiling_refusals
from membership.models import Member
from recommendations.models import Recommendation
from recommendations.services.serving.allowed import withheld_products
from recommendations.services.serving.member_lists import ServedProduct, products_of, served
from recommendations.services.serving.variants import Groups, first_of_each_group, groups_among


def listed_now(*, rows: Sequence[Recommendation]) -> Iterator[tuple[Recommendation, list[ServedProduct]]]:
    """Each row with its products that can be sold and may be shown, best first, with reasons.

    Members who are not active, or refuse personal recommendations, have none. Four queries for the rows of
    one surface, one more where somebody has a cart, and one more where there are variants.
    """
    may_have = _served_members(rows)
    products = products_of([entry for row in rows for entry in row.products])
    groups = groups_among(products)
    withheld = _withheld([row for row in rows if row.member_id in may_have], groups)
    for row in rows:
        away = withheld.get((row.surface, row.member_id), frozenset())
        entries = [
            entry
            for entry in (row.products if row.member_id in may_have else [])
            if entry["product"] not in away
            and (product := products.get(entry["product"])) is not None
            and product.is_sellable
        ]
        shown = first_of_each_group(entries, group_of=lambda entry: groups.get(entry["product"]))
        yield row, [served(entry, products) for entry in shown]


def _served_members(rows: Sequence[Recommendation]) -> set[int]:
    members = Member.objects.active().filter(pk__in={row.member_id for row in rows})
    return set(members.exclude(pk__in=profiling_refusals()).values_list("pk", flat=True))


def _withheld(rows: Sequence[Recommendation], groups: Groups) -> dict[tuple[str, int], frozenset[int]]:
    """(surface, member) -> products."""
    at = timezone.now()
    members: dict[str, set[int]] = defaultdict(set)
    products: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        members[row.surface].add(row.member_id)
        products[row.surface] |= {entry["product"] for entry in row.products}
    return {
        (surface, member): away
        for surface, ids in members.items()
        for member, away in withheld_products(
            member_ids=ids,
            product_ids=products[surface],
            surface=surface,
            at=at,
            groups={pk: groups[pk] for pk in products[surface] & groups.keys()},
        ).items()
    }
