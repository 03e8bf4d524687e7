"""Post a test order from the admin: what the checkout would decide, why, and how quickly."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from config.checkout import CheckoutResult, place_order
from fraud.models import Decision, FraudAlert
from learning.json_types import JsonObject
from membership.errors import ServiceError
from membership.models import Member, Order, OrderItem, Product

LINES = 4
TEXT_FIELDS = (
    "payment_method",
    "payment_fingerprint",
    "device_fingerprint",
    "address_fingerprint",
    "ip",
    "billing_country",
    "shipping_country",
    "coupon",
)


def _text(label: Any, length: int) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=False, widget=UnfoldAdminTextInputWidget)


class TestOrderForm(forms.Form):
    """One order as a storefront posts it; its number comes with the form, so a double click is one order."""

    __test__ = False  # the name begins with Test, but pytest has nothing to collect here

    order_no = forms.CharField(max_length=60, widget=forms.HiddenInput)
    member = forms.ModelChoiceField(
        label=_("Member"),
        queryset=Member.objects.reachable(),
        widget=AutocompleteSelect(Order._meta.get_field("member"), admin.site),
    )
    channel = forms.ChoiceField(
        label=_("Channel"), choices=Order.Channel.choices, widget=UnfoldAdminSelectWidget
    )
    payment_method = _text(_("Payment method"), 40)
    payment_fingerprint = _text(_("Payment fingerprint"), 80)
    device_fingerprint = _text(_("Device fingerprint"), 80)
    address_fingerprint = _text(_("Address fingerprint"), 80)
    ip = forms.GenericIPAddressField(label=_("IP address"), required=False, widget=UnfoldAdminTextInputWidget)
    billing_country = _text(_("Billing country"), 2)
    shipping_country = _text(_("Shipping country"), 2)
    coupon = _text(_("Coupon"), 60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product_field = OrderItem._meta.get_field("product")
        for number in range(1, LINES + 1):
            self.fields[f"product_{number}"] = forms.ModelChoiceField(
                label=_("Product"),
                queryset=Product.objects.filter(is_active=True),
                required=number == 1,
                widget=AutocompleteSelect(product_field, admin.site),
            )
            self.fields[f"quantity_{number}"] = forms.IntegerField(
                label=_("Quantity"),
                min_value=1,
                max_value=999,
                initial=1,
                required=False,
                widget=UnfoldAdminIntegerFieldWidget,
            )

    def lines(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        for number in range(1, LINES + 1):
            yield self[f"product_{number}"], self[f"quantity_{number}"]

    def details(self) -> list[forms.BoundField]:
        return [self[name] for name in ("channel", *TEXT_FIELDS)]

    def order_data(self) -> JsonObject:
        """What ``place_order`` takes. Call it on a valid form."""
        given = self.cleaned_data
        lines = [
            {"sku": product.sku, "quantity": given[f"quantity_{number}"] or 1}
            for number in range(1, LINES + 1)
            if (product := given[f"product_{number}"]) is not None
        ]
        texts = {name: given[name] for name in TEXT_FIELDS if given[name]}
        return {
            "order_no": given["order_no"],
            "member": given["member"].member_no,
            "channel": given["channel"],
            "lines": lines,
            **texts,
        }


@require_http_methods(["GET", "HEAD", "POST"])
def test_order(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("membership.add_order"):
        raise PermissionDenied
    result: CheckoutResult | None = None
    if request.method == "POST":
        form = TestOrderForm(request.POST)
        if form.is_valid():
            result = _place(form, user=request.user.get_username())
    else:
        form = TestOrderForm(initial=_initial(request))
    member = form["member"].value()
    context = {
        **admin.site.each_context(request),
        "title": _("Post a test order"),
        "form": form,
        "member_id": member if str(member).isdecimal() else "",
        "result": result,
        "alert": FraudAlert.objects.filter(order=result.order).first() if result else None,
        "decision_text": Decision(result.decision).label if result else "",
    }
    return TemplateResponse(request, "config/test_order.html", context)


test_order.__test__ = False  # type: ignore[attr-defined]  # a view, although its name begins with test


def _place(form: TestOrderForm, *, user: str) -> CheckoutResult | None:
    try:
        return place_order(data=form.order_data(), source=f"admin:{user}")
    except ServiceError as error:
        form.add_error(None, error.message)
        return None


def _initial(request: HttpRequest) -> JsonObject:
    """The fresh form: empty, or a typical or a suspicious order of ``?member=`` (or of somebody)."""
    initial: JsonObject = {"order_no": f"TEST-{secrets.token_hex(5).upper()}", "channel": "web"}
    chosen = request.GET.get("member", "")
    member = Member.objects.active().filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    kind = request.GET.get("prefill", "")
    if kind in PREFILLS:
        member = member or _somebody()
        if member is not None:
            initial |= PREFILLS[kind](member)
    if member is not None:
        initial["member"] = member.pk
    return initial


def _somebody() -> Member | None:
    """Whoever ordered online last."""
    online = Order.objects.filter(channel=Order.Channel.WEB, member__status=Member.Status.ACTIVE)
    newest = online.select_related("member").order_by("-placed_at", "-id").first()
    return newest.member if newest else Member.objects.active().first()


def _typical(member: Member) -> JsonObject:
    """What this member buys most, with the device and instrument of the last online order."""
    orders = member.orders.counted().order_by("-placed_at", "-id")
    last = orders.exclude(device_fingerprint="").first() or orders.first()
    favourites = (
        OrderItem.objects.filter(member=member, product__is_active=True, product__sold_by_weight=False)
        .values_list("product")
        .annotate(times=Count("pk"))
        .order_by("-times", "product")
    )
    values: JsonObject = _products([product for product, _times in favourites[:3]], quantity=1)
    if last is not None:
        values |= {name: getattr(last, name) or "" for name in ("channel", *TEXT_FIELDS)}
        values["coupon"] = ""
    return values


def _suspicious(member: Member) -> JsonObject:
    """Expensive goods in large numbers, on a device, card and address new to this member."""
    dear = Product.objects.sellable().filter(sold_by_weight=False).order_by("-price", "id")
    skus = list(dear.values_list("pk", flat=True)[:3])
    return {
        **_products(skus, quantity=4),
        "channel": Order.Channel.WEB,
        "payment_method": "card",
        "payment_fingerprint": f"pay-{secrets.token_hex(6)}",
        "device_fingerprint": f"dev-{secrets.token_hex(6)}",
        "address_fingerprint": f"adr-{secrets.token_hex(6)}",
        "ip": "203.0.113.77",
        "billing_country": member.country or "US",
        "shipping_country": "RO" if member.country != "RO" else "US",
    }


def _products(products: list[int], *, quantity: int) -> JsonObject:
    values: JsonObject = {}
    for number, product in enumerate(products, start=1):
        values |= {f"product_{number}": product, f"quantity_{number}": quantity}
    return values


PREFILLS = {"typical": _typical, "suspicious": _suspicious}
