"""When orders were approved and declined, as a query over orders reads it from their history."""

from __future__ import annotations

from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from membership.models import Order, OrderChange

_DECLINED, _HELD = Order.Status.DECLINED.value, Order.Status.HELD.value


def outcome_moments() -> dict[str, Combinable]:
    """``approved_at`` and ``declined_at`` of each order: NULL where it was not, and while it is held.

    What checkout decided counts from ``placed_at``, a verdict or a reopening from its own moment. An order
    that was cancelled or refunded later had been approved; one that was cancelled while held had not.
    """
    changes = OrderChange.objects.filter(order=OuterRef("pk"))
    newest = changes.order_by("-changed_at", "-id").values("changed_at")
    went_on = {"before__status__in": (_HELD, _DECLINED), "after__status__in": Order.COUNTED}
    was_declined, was_stopped = (
        Exists(changes.filter(before__status__in=statuses)) for statuses in ((_DECLINED,), (_HELD, _DECLINED))
    )
    at_checkout = _placed_at_if(~Q(status__in=(_HELD, _DECLINED)) & ~Q(was_stopped))
    declined_at_checkout = _placed_at_if(Q(status=_DECLINED) | Q(was_declined))
    return {
        "approved_at": Coalesce(Subquery(newest.filter(**went_on)[:1]), at_checkout),
        "declined_at": Coalesce(Subquery(newest.filter(after__status=_DECLINED)[:1]), declined_at_checkout),
    }


def _placed_at_if(condition: Q) -> Case:
    return Case(When(condition, then=F("placed_at")), output_field=DateTimeField())
