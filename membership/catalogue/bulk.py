"""Many products at once by their SKUs: each made, changed, found to be so already, or rejected as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from learning.json_types import JsonMapping
from membership.catalogue.paths import category_ids
from membership.catalogue.products import assign, check_draft, group_draft, options_taken
from membership.catalogue.stock.changing import Cause, keep_written
from membership.catalogue.variants import groups_of, owners
from membership.errors import FieldError
from membership.models import Product, ProductFormerSku, ProductGroup
from membership.models.catalogue.showing import MARK_FIELDS, SECRET_FIELDS
from membership.models.shop import the_shop
from registry.tables.bulk import upsert_rows

WRITTEN = (
    "name", "category_id", "brand", "price", "currency", "stock", "sold_by_weight", "is_active", "group_id",
    "options", "options_key", "is_placeholder", *SECRET_FIELDS, *MARK_FIELDS,
)  # fmt: skip
TRIES = 3
Place = tuple[int, str]
"""A group's id, and the key of the options in it."""


@dataclass(frozen=True)
class ProductOutcome:
    """What became of one draft: "created", "updated", "unchanged", or "rejected" with its errors."""

    status: str
    sku: str
    id: UUID | None = None
    errors: list[FieldError] = field(default_factory=list)


@dataclass
class _Planned:
    """A product of the request: as it was stored, and as it is to be."""

    product: Product
    is_new: bool
    before: tuple[object, ...]
    stock: int | None

    place_before: Place | None

    @property
    def after(self) -> tuple[object, ...]:
        return tuple(getattr(self.product, name) for name in WRITTEN)

    @property
    def place(self) -> Place | None:
        return _place(self.product)


def upsert_products(*, drafts: Sequence[JsonMapping], cause: Cause) -> list[ProductOutcome]:
    """Make or change the products in one transaction; an outcome for each, in order.

    A draft is what ``ProductInput`` accepted; of a product that exists only the fields that are given change,
    and a former SKU means the product that had it. Sent again, all are "unchanged".
    """
    for _try in range(TRIES - 1):
        try:
            with transaction.atomic():
                return _upsert(drafts, cause)
        except IntegrityError:  # somebody has taken a SKU or options in between: look again
            continue
    with transaction.atomic():
        return _upsert(drafts, cause)


def _upsert(drafts: Sequence[JsonMapping], cause: Cause) -> list[ProductOutcome]:
    stored = _stored({draft["sku"] for draft in drafts})
    errors = _wrong(drafts, stored)
    good = {at: draft for at, draft in enumerate(drafts) if at not in errors}
    groups = groups_of(
        named for draft in good.values() if (named := group_draft(draft, product=stored.get(draft["sku"])))
    )
    categories = category_ids({draft["category"] for draft in good.values() if draft.get("category")})
    planned: dict[int, _Planned] = {}
    taken = owners(groups.values()) if groups else {}
    for at, draft in good.items():
        one = _planned(draft, stored.get(draft["sku"]), categories=categories, groups=groups)
        other = _claim(one, taken)
        if other is None:
            planned[at] = one
        else:
            errors[at] = [FieldError("options", options_taken(other.sku))]
    changed = [one for one in planned.values() if one.is_new or one.before != one.after]
    _write(changed, cause)
    ids = dict(
        Product.objects.filter(sku__in={one.product.sku for one in planned.values()}).values_list(
            "sku", "public_id"
        )
    )
    return [
        ProductOutcome("rejected", str(draft["sku"]), errors=errors[at])
        if at in errors
        else ProductOutcome(
            _status(planned[at]), planned[at].product.sku, id=ids.get(planned[at].product.sku)
        )
        for at, draft in enumerate(drafts)
    ]


def _status(one: _Planned) -> str:
    return "created" if one.is_new else "unchanged" if one.before == one.after else "updated"


def _stored(skus: set[str]) -> dict[str, Product]:
    """SKU, former ones too -> the product, locked."""
    former = dict(ProductFormerSku.objects.filter(sku__in=skus).values_list("sku", "product__sku"))
    rows = Product.objects.select_for_update(no_key=True, of=("self",)).select_related("group")
    by_sku = {row.sku: row for row in rows.filter(sku__in={*skus, *former.values()}).order_by("pk")}
    return {
        sku: by_sku[now] for sku in skus if (now := sku if sku in by_sku else former.get(sku, "")) in by_sku
    }


def _wrong(drafts: Iterable[JsonMapping], stored: Mapping[str, Product]) -> dict[int, list[FieldError]]:
    """Place of a draft -> what is wrong with it."""
    seen: set[object] = set()
    wrong: dict[int, list[FieldError]] = {}
    for at, draft in enumerate(drafts):
        product = stored.get(draft["sku"])
        errors = check_draft(draft, product=product)
        key: object = product.pk if product is not None else draft["sku"]
        if key in seen:
            errors.append(FieldError("sku", _("This product comes twice in the request.")))
        if errors:
            wrong[at] = errors
        else:
            seen.add(key)
    return wrong


def _planned(
    draft: JsonMapping,
    product: Product | None,
    *,
    categories: Mapping[str, int],
    groups: Mapping[str, ProductGroup],
) -> _Planned:
    is_new = product is None
    product = product or Product(sku=draft["sku"], currency=the_shop().currency, price=None)
    before = tuple(getattr(product, name) for name in WRITTEN)
    one = _Planned(product, is_new, before, product.stock, _place(product))
    assign(product, draft, categories=categories, groups=groups)
    if "stock" in draft:
        product.stock = draft["stock"]
    return one


def _place(product: Product) -> Place | None:
    if product.group_id is None or not product.options_key:
        return None
    return product.group_id, product.options_key


def _claim(one: _Planned, taken: dict[Place, Product]) -> Product | None:
    """Note that the product has its options now; another product that has them already."""
    place = one.place
    if place is not None and (owner := taken.get(place)) is not None and owner.sku != one.product.sku:
        return owner
    before = one.place_before
    if before in taken and taken[before].sku == one.product.sku:
        del taken[before]
    if place is not None:
        taken[place] = one.product
    return None


def _write(changed: Sequence[_Planned], cause: Cause) -> None:
    if not changed:
        return
    now = timezone.now()
    # options may pass from one product to another: none has them while they do
    moving = [one.product.pk for one in changed if not one.is_new and one.product.options_key]
    Product.objects.filter(pk__in=moving).exclude(options_key="").update(options_key="")
    upsert_rows(
        model=Product,
        columns=("public_id", "sku", *WRITTEN, "created_at", "updated_at"),
        rows=[(one.product.public_id, one.product.sku, *_row(one.product), now, now) for one in changed],
        conflict=("sku",),
        update=(*WRITTEN, "updated_at"),
    )
    before = {
        one.product.pk: one.stock for one in changed if not one.is_new and one.product.stock != one.stock
    }
    keep_written(before=before, cause=cause)


def _row(product: Product) -> tuple[Any, ...]:
    """WRITTEN, as the database stores it."""
    values = {name: getattr(product, name) for name in WRITTEN}
    if values["options"] is not None:
        values["options"] = orjson.dumps(values["options"]).decode()
    return tuple(values[name] for name in WRITTEN)
