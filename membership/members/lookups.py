"""Members and products as callers name them: by public UUID, or by the shop's own number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from membership.cleaning.values import Unclean, clean_key, clean_member_no
from membership.errors import Conflict, rejected
from membership.models import Member, Product, ProductFormerSku

WALK_IN_NUMBER = "walk-in"
"""Imports keep the orders under it that say nothing of their buyer."""
Row = TypeVar("Row")


def find_members(names: Iterable[str]) -> dict[str, Member]:
    """name -> member, in one query. One that was merged stands for its target; erased ones are not found."""
    uuids, numbers = _split(names, clean=partial(clean_member_no, max_length=120))
    wanted = Q(public_id__in=uuids.values()) | Q(member_no__in=numbers.values())
    by_key: dict[UUID | str, Member] = {}
    for row in Member.objects.filter(wanted).exclude(status=Member.Status.ERASED):
        target = row.after_merges()
        if target is not None:
            by_key[row.public_id] = by_key[row.member_no] = target
    return _under_names(by_key, uuids, numbers)


def find_member(name: str, *, field: str = "member") -> Member:
    """The member called ``name``. Raises Rejected."""
    member = find_members([name]).get(name)
    if member is None:
        raise rejected(field, _("There is no member %s.") % name)
    return member


def find_products(names: Iterable[str], *, products: QuerySet[Product] | None = None) -> dict[str, Product]:
    """name -> product (one of ``products``); names are SKUs, former ones too, or public UUIDs.

    One query, and another where a SKU is not found.
    """
    uuids, skus = _split(names, clean=partial(clean_key, max_length=60))
    wanted = Q(sku__in=skus.values())
    if uuids:
        wanted |= Q(public_id__in=uuids.values())
    by_key: dict[UUID | str, Product] = {}
    some = Product.objects.all() if products is None else products
    for row in some.filter(wanted):
        by_key[row.public_id] = by_key[row.sku] = row
    if missing := set(skus.values()) - by_key.keys():
        former = dict(ProductFormerSku.objects.filter(sku__in=missing).values_list("sku", "product_id"))
        rows = {row.pk: row for row in some.filter(pk__in=former.values())} if former else {}
        by_key |= {sku: rows[pk] for sku, pk in former.items() if pk in rows}
    return _under_names(by_key, uuids, skus)


def check_may_act(member: Member, *, field: str = "member") -> None:
    """Raises Conflict when the member's account is frozen."""
    if member.status == Member.Status.FROZEN:
        raise Conflict(_("Member %s is frozen and cannot order.") % member.member_no)


def _split(
    names: Iterable[str], *, clean: Callable[[object], str | None]
) -> tuple[dict[str, UUID], dict[str, str]]:
    """UUIDs and cleaned numbers of ``names``; a name that cannot be cleaned is left out."""
    uuids: dict[str, UUID] = {}
    numbers: dict[str, str] = {}
    for name in names:
        try:
            uuids[name] = UUID(name)
        except ValueError:
            try:
                number = clean(name)
            except Unclean:
                continue
            if number:
                numbers[name] = number
    return uuids, numbers


def _under_names(
    by_key: Mapping[UUID | str, Row], uuids: Mapping[str, UUID], numbers: Mapping[str, str]
) -> dict[str, Row]:
    keys: dict[str, UUID | str] = {**uuids, **numbers}
    return {name: by_key[key] for name, key in keys.items() if key in by_key}
