"""Promotions: plan one, change it, cancel it. Each marks the forecast of its product for renewal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from forecasts.models import PlannedPromotion, StockAdvice
from membership.errors import Conflict, FieldError, Rejected
from membership.models import Product
from registry.tables.one_of import OneOf

CHANGED = ("kind", "starts_on", "ends_on", "share", "note")
DAYS_A_WEEK = 7


def plan_promotion(*, product: Product, draft: Mapping[str, object]) -> PlannedPromotion:
    """A new promotion of ``product``. Raises Rejected, or Conflict where one of the kind begins that day."""
    promotion = PlannedPromotion(product=product)
    return _save(promotion, draft)


def change_promotion(*, promotion: PlannedPromotion, changes: Mapping[str, object]) -> PlannedPromotion:
    """Move or rename a promotion. Raises Rejected or Conflict, and then nothing is changed."""
    return _save(promotion, changes)


def cancel_promotion(*, promotion: PlannedPromotion) -> None:
    """Delete a promotion that will not be, or never was."""
    with transaction.atomic():
        promotion.delete()
        mark_outdated(product_ids=[promotion.product_id], at=timezone.now())


def mark_outdated(*, product_ids: Iterable[int], at: datetime) -> None:
    """What was planned for these products has changed: their forecasts are renewed soon."""
    StockAdvice.objects.filter(OneOf("product_id", list(product_ids))).update(outdated_at=at)


def promotions_of_weeks(
    *, product: Product, weeks: Sequence[date]
) -> dict[date, tuple[PlannedPromotion, ...]]:
    """The promotions of each week, which is seven days from its first; a week without has no entry."""
    if not weeks:
        return {}
    last = timedelta(days=DAYS_A_WEEK - 1)
    by_week: dict[date, list[PlannedPromotion]] = defaultdict(list)
    touching = product.promotions.touching(min(weeks), max(weeks) + last).order_by("starts_on", "kind")
    for promotion in touching:
        for week in weeks:
            if promotion.starts_on <= week + last and promotion.ends_on >= week:
                by_week[week].append(promotion)
    return {week: tuple(rows) for week, rows in by_week.items()}


def _save(promotion: PlannedPromotion, values: Mapping[str, object]) -> PlannedPromotion:
    for name in CHANGED:
        if name in values:
            setattr(promotion, name, values[name])
    try:
        promotion.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise _refused(error) from None
    if promotion.ends_on < promotion.starts_on:
        message = _("The last day must not lie before the first.")
        raise Rejected(message, errors=[FieldError("ends_on", message)])
    try:
        with transaction.atomic():
            promotion.save()
            mark_outdated(product_ids=[promotion.product_id], at=timezone.now())
    except IntegrityError:
        message = _("A promotion of this kind begins on this day already.")
        raise Conflict(message, errors=[FieldError("starts_on", message)]) from None
    return promotion


def _refused(error: ValidationError) -> Rejected:
    errors = [
        FieldError("" if field == NON_FIELD_ERRORS else field, message)
        for field, messages in error.message_dict.items()
        for message in messages
    ]
    return Rejected(errors[0].message, errors=errors)
