"""Stored lists of many members at once, as each of them may see it now: for mailings and for staff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from django.utils import timezone

from membership.members.profiling import profiling_refusals
from membership.models import Member, Product
from recommendations.models import Recommendation
from recommendations.services.serving.allowed import Judgement, judge
from recommendations.services.serving.member_lists import (
    ServedProduct,
    named_in,
    products_of,
    served,
    without_reasons,
)
from recommendations.services.serving.variants import first_of_each_group


def listed_now(*, rows: Sequence[Recommendation]) -> Iterator[tuple[Recommendation, list[ServedProduct]]]:
    """Each row with its products that can be sold and may be shown, best first, with reasons.

    Members who are not active, or refuse personal recommendations, have none. Four queries for the rows of
    one surface, and one more each where somebody has a cart, where there are variants, and where a product is
    not for everybody.
    """
    may_have = _served_members(rows)
    products = products_of([entry for row in rows for entry in row.products])
    judged = _judged([row for row in rows if row.member_id in may_have], products)
    for row in rows:
        if row.member_id not in may_have:
            yield row, []
            continue
        away, disowned = judged[row.surface].of(row.member_id)
        entries = [
            without_reasons(entry, disowned)
            for entry in row.products
            if entry["product"] not in away
            and (product := products.get(entry["product"])) is not None
            and product.is_sellable
        ]
        shown = first_of_each_group(entries, group_of=lambda entry: products[entry["product"]].group_id)
        yield row, [served(entry, products) for entry in shown]


def _served_members(rows: Sequence[Recommendation]) -> set[int]:
    members = Member.objects.active().filter(pk__in={row.member_id for row in rows})
    return set(members.exclude(pk__in=profiling_refusals()).values_list("pk", flat=True))


def _judged(rows: Sequence[Recommendation], products: Mapping[int, Product]) -> dict[str, Judgement]:
    """By surface."""
    at = timezone.now()
    members: dict[str, set[int]] = defaultdict(set)
    named: dict[str, dict[int, Product]] = defaultdict(dict)
    for row in rows:
        members[row.surface].add(row.member_id)
        ids = named_in(row.products)
        named[row.surface] |= {pk: products[pk] for pk in ids if pk in products}
    return {
        surface: judge(member_ids=ids, products=named[surface], surface=surface, at=at)
        for surface, ids in members.items()
    }
