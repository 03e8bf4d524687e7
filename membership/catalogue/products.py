"""Products made, changed and taken out of the shop. Values are clean already (``catalogue.serializers``)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import ForeignKey, ForeignObjectRel
from django.utils.translation import gettext as _

from learning.json_types import JsonMapping
from membership.catalogue.paths import category_ids
from membership.catalogue.stock.changing import Cause, set_stock
from membership.catalogue.variants import GroupDraft, groups_of, owners
from membership.errors import Conflict, FieldError, Rejected
from membership.models import Product, ProductGroup
from membership.models.catalogue.groups import options_key
from membership.models.catalogue.showing import MARK_FIELDS, SECRET_FIELDS
from membership.models.shop import the_shop

PLAIN = (
    "name", "brand", "price", "currency", "sold_by_weight", "is_active", *SECRET_FIELDS, *MARK_FIELDS,
)  # fmt: skip
GOES_ALONG = frozenset(
    {
        "membership.StockMovement", "membership.ProductFormerSku", "recommendations.SimilarProduct",
        "forecasts.ProductForecast", "forecasts.StockAdvice",
    }
)  # fmt: skip
"""Tables whose rows are computed from a product, or say only what became of it: they go with it."""


def create_product(*, draft: JsonMapping) -> Product:
    """A new product. Raises Rejected, and Conflict where another has the SKU, or the options in the group."""
    product = Product(sku=draft["sku"], currency=the_shop().currency, stock=draft.get("stock"))
    return _stored(product, draft)


def update_product(*, product: Product, changes: JsonMapping, cause: Cause) -> Product:
    """Change some fields; what becomes of the stock goes into its history. Raises as ``create_product``."""
    with transaction.atomic():
        row = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        row.sku = changes.get("sku", row.sku)
        row = _stored(row, changes)
        if "stock" in changes:
            set_stock(product=row, stock=changes["stock"], cause=cause)
            row.refresh_from_db(fields=("stock", "backordered"))
        return row


def remove_product(*, product: Product) -> bool:
    """Delete a product that nothing names, and hide one that something does; whether it was deleted."""
    with transaction.atomic():
        row = Product.objects.select_for_update().get(pk=product.pk)
        if not _is_named(row):
            row.delete()
            return True
        row.is_active = False
        row.save(update_fields=("is_active", "updated_at"))
        return False


def check_draft(draft: JsonMapping, *, product: Product | None) -> list[FieldError]:
    """What is wrong with the draft of a product, None for a new one, that no single field tells."""
    errors = []
    if product is None and draft.get("price") is None:
        errors.append(FieldError("price", _("A new product needs a price.")))
    in_group = draft.get("group", product is not None and product.group_id is not None)
    if draft.get("options") and not in_group:
        errors.append(FieldError("options", _("Options tell variants of a group apart: name the group.")))
    return errors


def group_draft(draft: JsonMapping, *, product: Product | None = None) -> GroupDraft | None:
    """The group that the draft names, None where it names none."""
    code = draft.get("group")
    if not code and product is not None and product.group is not None and draft.get("options"):
        code = product.group.code
    if not code:
        return None
    return GroupDraft(
        code, draft.get("group_name") or draft.get("name") or "", tuple(draft.get("options") or ())
    )


def assign(
    product: Product,
    draft: JsonMapping,
    *,
    categories: Mapping[str, int],
    groups: Mapping[str, ProductGroup],
) -> None:
    """Give ``product`` the draft's values, its stock aside. What an order had named is then known."""
    if product.is_placeholder:
        product.is_placeholder, product.is_active = False, True
    for name in PLAIN:
        if name in draft:
            setattr(product, name, draft[name])
    product.name = product.name or product.sku
    product.currency = product.currency or the_shop().currency
    if "category" in draft:
        product.category_id = categories.get(draft["category"] or "")
    if "group" in draft:
        product.group = groups[draft["group"]] if draft["group"] else None
    if "options" in draft:
        product.options = draft["options"] or None
    if product.group_id is None:
        product.options = None
    product.options_key = options_key(product.options)


def options_taken(sku: str) -> str:
    """Why a product cannot have the options that another one of its group has."""
    return _("%s of the same group has these options.") % sku


def _stored(product: Product, draft: JsonMapping) -> Product:
    is_new = product._state.adding
    if errors := check_draft(draft, product=None if is_new else product):
        raise Rejected(errors[0].message, errors=errors)
    try:
        with transaction.atomic():
            named = group_draft(draft, product=None if is_new else product)
            groups = groups_of([named] if named else [])
            categories = category_ids([draft["category"]] if draft.get("category") else [])
            assign(product, draft, categories=categories, groups=groups)
            product.save(force_insert=is_new)
    except IntegrityError:
        raise _taken(product) from None
    return product


def _taken(product: Product) -> Conflict:
    others = Product.objects.exclude(pk=product.pk)
    if others.filter(sku=product.sku).exists():
        message = _("Another product has the SKU %s.") % product.sku
        return Conflict(message, errors=[FieldError("sku", message)])
    owner = owners([product.group] if product.group else []).get((product.group_id or 0, product.options_key))
    message = options_taken(owner.sku if owner is not None else "?")
    return Conflict(message, errors=[FieldError("options", message)])


def _is_named(product: Product) -> bool:
    """Whether anything that people made or that happened names the product: orders, events, rules, plans."""
    if product.stock_movements.filter(order__isnull=False).exists():
        return True
    for relation in Product._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or not isinstance(relation.field, ForeignKey):
            continue
        model = relation.field.model
        if model._meta.label in GOES_ALONG:
            continue
        if model._base_manager.filter(**{relation.field.name: product}).exists():
            return True
    return False
