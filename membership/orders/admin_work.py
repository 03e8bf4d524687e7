"""What staff do to orders in the admin: an order's page with lines to refund or change, and list actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action

from learning.json_types import JsonObject
from membership.backoffice import ReadOnlyAdmin
from membership.errors import Rejected, ServiceError, rejected
from membership.loyalty.amounts import refund_split
from membership.models import Order, OrderItem
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.events import mark_gifts
from membership.orders.moving import REOPENABLE, move_order, reopen_order
from membership.orders.refunds import Wanted, left_of, refund_order
from membership.orders.shown_changes import shown_changes
from membership.orders.statuses import EDITABLE, MOVES, REFUNDABLE
from registry.queueing import queue_after_commit

SOURCE = "admin"
REFRESH = "membership.tasks.refresh_changed_members"
Status = Order.Status
MOVE_LABELS = {
    Status.PAID: gettext_lazy("Mark as paid"),
    Status.SHIPPED: gettext_lazy("Mark as shipped"),
    Status.COMPLETED: gettext_lazy("Mark as completed"),
    Status.CANCELLED: gettext_lazy("Cancel the order"),
}
MAX_REASON = 200


class OrderWorkAdmin(ReadOnlyAdmin):
    """Orders as staff change them: each change goes through the services, none through the form."""

    change_form_outer_before_template = "membership/order_work.html"
    actions = ("ship_orders", "complete_orders", "cancel_orders", "refund_orders")

    def has_work_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("membership.change_order"))

    def get_urls(self) -> list[URLPattern]:
        work = path(
            "<int:pk>/work/", self.admin_site.admin_view(self.work_view), name="membership_order_work"
        )
        return [work, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: JsonObject | None = None,
    ) -> HttpResponse:
        context: JsonObject = dict(extra_context or {})
        order = self.get_object(request, object_id)
        if order is not None:
            context["work"] = order_work(order, may_change=self.has_work_permission(request))
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]  # untyped

    def work_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One change, by POST; the page says what came of it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_work_permission(request):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=pk)
        try:
            carry_out(order, request.POST, who=request.user.get_username())
            queue_after_commit(REFRESH)
            messages.success(request, _("Done: figures, segments and lists follow within seconds."))
        except ServiceError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("admin:membership_order_change", args=(pk,)))

    @action(description=gettext_lazy("Mark as shipped"), permissions=["work"])
    def ship_orders(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        self._each(request, queryset, lambda order, who: _move(order, Status.SHIPPED, who=who))

    @action(description=gettext_lazy("Mark as completed"), permissions=["work"])
    def complete_orders(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        self._each(request, queryset, lambda order, who: _move(order, Status.COMPLETED, who=who))

    @action(description=gettext_lazy("Cancel the orders"), permissions=["work"])
    def cancel_orders(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        self._each(request, queryset, lambda order, who: _move(order, Status.CANCELLED, who=who))

    @action(description=gettext_lazy("Refund everything, goods not coming back"), permissions=["work"])
    def refund_orders(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        everything = Wanted(everything=True)
        self._each(
            request,
            queryset,
            lambda order, who: refund_order(order=order, wanted=everything, source=SOURCE, who=who),
        )

    def _each(
        self, request: HttpRequest, orders: QuerySet[Order], change: Callable[[Order, str], object]
    ) -> None:
        done = 0
        for order in orders:
            try:
                change(order, request.user.get_username())
                done += 1
            except ServiceError as error:
                messages.error(request, f"{order.order_no}: {error.message}")
        if done:
            queue_after_commit(REFRESH)
            messages.success(request, ngettext("%d order changed.", "%d orders changed.", done) % done)


def _move(order: Order, status: str, *, who: str) -> None:
    move_order(order=order, status=status, source=SOURCE, who=who)


def order_work(order: Order, *, may_change: bool) -> JsonObject:
    """What the page shows beside the order itself."""
    items = list(OrderItem.objects.filter(order=order).select_related("product").order_by("line_no"))
    changes = list(order.changes.order_by("-id"))
    moves = [
        (status, label)
        for status, label in MOVE_LABELS.items()
        if status in MOVES[order.status] and order.status not in REOPENABLE
    ]
    return {
        "order": order,
        "may_change": may_change,
        "seen": changes[0].pk if changes else 0,
        "changes": shown_changes(changes),
        "moves": moves,
        "may_reopen": order.status in REOPENABLE,
        "may_refund": order.status in REFUNDABLE,
        "may_edit": order.status in EDITABLE and not order.refunded,
        "lines": [(item, left_of(item)) for item in items],
        "split": refund_split(order=order),
    }


def carry_out(order: Order, given: Mapping[str, str], *, who: str) -> None:
    """Do what a posted form of the page says. Raises Rejected or Conflict."""
    if given.get("do") == "gifts":
        _mark_gifts(order, given)
        return
    reason = given.get("reason", "").strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise rejected("reason", _("Say why, in at most %d characters.") % MAX_REASON)
    with transaction.atomic():
        Order.objects.select_for_update(no_key=True).get(
            pk=order.pk
        )  # a form that is sent twice at once waits here
        _carry_out(order, given, reason=reason, who=who)


def _carry_out(order: Order, given: Mapping[str, str], *, reason: str, who: str) -> None:
    newest = order.changes.order_by("-id").values_list("pk", flat=True).first() or 0
    if given.get("seen") != str(newest):
        raise Rejected(_("The order has changed since you opened this page. Look again, then repeat it."))
    what, restock = given.get("do", ""), bool(given.get("restock"))
    match what:
        case "all":
            wanted = Wanted(everything=True)
        case "lines":
            wanted = Wanted(lines=_quantities(given))
        case "amount":
            wanted = Wanted(amount=_decimal(given.get("amount", ""), _("amount")))
        case "reopen":
            reopen_order(order=order, source=SOURCE, who=who, reason=reason)
            return
        case "edit":
            edit_lines(order=order, lines=_drafts(order, given), source=SOURCE, who=who, reason=reason)
            return
        case _ if what in MOVE_LABELS:
            move_order(order=order, status=what, source=SOURCE, who=who, reason=reason)
            return
        case _:
            raise Rejected(_("Choose what to do."))
    refund_order(order=order, wanted=wanted, source=SOURCE, who=who, reason=reason, restock=restock)


def _mark_gifts(order: Order, given: Mapping[str, str]) -> None:
    """The lines that are ticked are gifts, the others are not."""
    ticked = {
        int(name[5:])
        for name in given
        if name.startswith("gift_") and name[5:].isdecimal() and name[5:].isascii()
    }
    lines = OrderItem.objects.filter(order=order)
    with transaction.atomic():
        mark_gifts(lines=lines.filter(line_no__in=ticked))
        mark_gifts(lines=lines.exclude(line_no__in=ticked), is_gift=False)


def _quantities(given: Mapping[str, str]) -> dict[int, int]:
    lines = {
        int(name.removeprefix("refund_")): _integer(value)
        for name, value in given.items()
        if name.startswith("refund_") and name[7:].isdecimal() and value.strip()
    }
    lines = {line_no: quantity for line_no, quantity in lines.items() if quantity}
    if not lines:
        raise rejected("lines", _("Say how many of which line are refunded."))
    return lines


def _drafts(order: Order, given: Mapping[str, str]) -> list[LineDraft]:
    """The lines that stay, and the new one; a quantity of 0 takes a line out."""
    drafts = []
    for item in OrderItem.objects.filter(order=order).select_related("product").order_by("line_no"):
        quantity = _integer(given.get(f"quantity_{item.line_no}", str(item.quantity)))
        price, discount = (given.get(f"{name}_{item.line_no}", "").strip() for name in ("price", "discount"))
        if quantity:
            draft = LineDraft(
                sku=item.product.sku, quantity=quantity, line_no=item.line_no,
                unit_price=_decimal(price, _("price")) if price else None,
                discount=_decimal(discount, _("discount")) if discount else None,
            )  # fmt: skip
            drafts.append(draft)
    if sku := given.get("new_sku", "").strip():
        drafts.append(LineDraft(sku=sku, quantity=_integer(given.get("new_quantity", "1")) or 1))
    if not drafts:
        raise rejected("lines", _("An order needs a line: cancel it instead."))
    return drafts


def _integer(text: str) -> int:
    if not (text.strip().isdecimal() and len(text.strip()) <= 7):
        raise rejected("lines", _("“%s” is not a quantity.") % text)
    return int(text)


def _decimal(text: str, name: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < 10**11 or value.as_tuple().exponent < -6:  # type: ignore[operator]  # finite
        raise rejected(name, _("“%(text)s” is not a valid %(name)s.") % {"text": text, "name": name})
    return value
