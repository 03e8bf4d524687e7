"""Orders and their lines."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models.exchange_rates import CountedInShopCurrency
from membership.models.fields import currency, money, not_negative


class OrderQuerySet(models.QuerySet["Order"]):
    def counted(self) -> Self:
        """Orders that say something about what members like: not cancelled, refunded or declined."""
        return self.filter(status__in=Order.COUNTED)

    def uncounted(self) -> Self:
        """All others. They are few, so order lines are filtered by these."""
        return self.filter(status__in=Order.UNCOUNTED)

    def sales(self) -> Self:
        """Orders and returns that amounts are summed over: a return that belongs to no order is negative."""
        return self.filter(Q(status__in=Order.COUNTED) | Q(status=Order.Status.REFUNDED, total__lt=0))

    def foreign(self) -> Self:
        """Orders in another currency than the shop's."""
        return self.filter(shop_digits__isnull=False)

    def without_rate(self) -> Self:
        """Orders whose amount in the shop's currency is not known: sums leave them out."""
        return self.filter(shop_rate=None)

    def placed_before(self, moment: datetime) -> Self:
        """Orders placed before ``moment``, and not at it."""
        return self.filter(placed_at__lt=moment)

    def labelled_by(self, moment: datetime) -> Self:
        """Orders whose fraud label had arrived by ``moment``."""
        return self.filter(label_known_at__lte=moment)


class Order(CountedInShopCurrency):
    """One purchase. It is stored before it is scored, so that no fault of a model loses it.

    ``total`` is what the products came to: ``subtotal`` less ``discount`` and ``refunded``, without shipping,
    tax and tip. A return that belongs to no order is a row with the status *refunded* and a negative total.

    ``is_fraud`` is NULL until a label arrives; ``label_known_at`` says when it did, and nothing may use
    the label before.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        PAID = "paid", _("Paid")
        SHIPPED = "shipped", _("Shipped")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        REFUNDED = "refunded", _("Refunded")
        HELD = "held", _("Held for review")
        DECLINED = "declined", _("Declined")

    class Channel(models.TextChoices):
        STORE = "store", _("In store")
        WEB = "web", _("Web")
        APP = "app", _("App")
        PHONE = "phone", _("Phone")

    class LabelSource(models.TextChoices):
        CHARGEBACK = "chargeback", _("Chargeback")
        REVIEW = "review", _("Reviewed by staff")
        CONFIRMED = "confirmed", _("Confirmed by the member")
        IMPORT = "import", _("Imported")

    RELEASED = (Status.CANCELLED, Status.DECLINED)
    """Their goods stay with the shop."""
    COUNTED = (Status.PENDING, Status.PAID, Status.SHIPPED, Status.COMPLETED)
    UNCOUNTED = (Status.CANCELLED, Status.REFUNDED, Status.HELD, Status.DECLINED)

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    order_no = models.CharField(_("order number"), max_length=60, unique=True)
    member = models.ForeignKey(
        "membership.Member",
        models.PROTECT,
        related_name="orders",
        db_index=False,
        verbose_name=_("member"),
    )
    store = models.ForeignKey(
        "membership.Store",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,
        verbose_name=_("store"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PAID)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, default=Channel.WEB)
    currency = currency(verbose_name=_("currency"))
    subtotal = money(verbose_name=_("before discount"), default=Decimal(0))
    discount = money(verbose_name=_("discount"), default=Decimal(0))
    refunded = money(verbose_name=_("refunded"), default=Decimal(0), db_default=Decimal(0))
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=3, default=Decimal(0))
    shipping = money(verbose_name=_("shipping"), default=Decimal(0), db_default=Decimal(0))
    tax = money(verbose_name=_("tax"), default=Decimal(0), db_default=Decimal(0))
    tip = money(verbose_name=_("tip"), default=Decimal(0), db_default=Decimal(0))
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    item_count = models.PositiveIntegerField(_("lines"), default=0)
    takes_stock = models.BooleanField(
        _("lowers stock"),
        default=False,
        db_default=False,
        help_text=_("Its goods were taken off the stock when it came; orders of files are history."),
    )
    payment_method = models.CharField(_("payment method"), max_length=40, blank=True)
    payment_fingerprint = models.CharField(_("payment fingerprint"), max_length=80, blank=True)
    device_fingerprint = models.CharField(_("device fingerprint"), max_length=80, blank=True)
    # db_default: files and older programs that know nothing of addresses write rows without it
    address_fingerprint = models.CharField(
        _("address fingerprint"), max_length=80, blank=True, default="", db_default=""
    )
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    billing_country = models.CharField(_("billing country"), max_length=2, blank=True)
    shipping_country = models.CharField(_("shipping country"), max_length=2, blank=True)
    coupon = models.CharField(_("coupon"), max_length=60, blank=True)
    placed_at = models.DateTimeField(_("placed"))
    imported_at = models.DateTimeField(_("received"), default=timezone.now)
    is_fraud = models.BooleanField(_("fraud"), null=True, blank=True)
    label_known_at = models.DateTimeField(_("label known"), null=True, blank=True)
    label_source = models.CharField(_("label source"), max_length=12, choices=LabelSource.choices, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("order"), _("orders")
        ordering = ("-placed_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=(
                        "pending",
                        "paid",
                        "shipped",
                        "completed",
                        "cancelled",
                        "refunded",
                        "held",
                        "declined",
                    )
                ),
                name="order_status_known",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=("store", "web", "app", "phone")), name="order_channel_known"
            ),
            not_negative(
                fields=("subtotal", "discount", "refunded", "shipping", "tax", "tip"),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0) | Q(status="refunded"), name="order_total_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(is_fraud=None, label_known_at=None, label_source="")
                | (Q(is_fraud__isnull=False, label_known_at__isnull=False) & ~Q(label_source="")),
                name="order_label_complete",
            ),
            models.CheckConstraint(
                condition=Q(label_source__in=("", "chargeback", "review", "confirmed", "import")),
                name="order_label_source_known",
            ),
        ]
        indexes = [
            # holds all columns that members' figures are sums of, so that the table is not read
            models.Index(fields=("member", "-placed_at", "status", "shop_total"), name="order_of_member"),
            models.Index(fields=("-placed_at", "-id"), name="order_newest"),
            # what happened at the store lately, which every fraud decision asks
            models.Index(fields=("store", "-placed_at"), name="order_of_store"),
            # orders that do not count: few, and order lines are filtered by them
            models.Index(
                fields=("placed_at", "id"),
                name="order_uncounted",
                condition=Q(status__in=("cancelled", "refunded", "held", "declined")),
            ),
            models.Index(
                fields=("label_known_at",), name="order_labelled", condition=Q(label_known_at__isnull=False)
            ),
            # the few orders in other currencies, and those among them that no rate is known for
            models.Index(
                fields=("currency", "placed_at"),
                name="order_foreign",
                condition=Q(shop_digits__isnull=False),
            ),
            models.Index(fields=("id",), name="order_without_rate", condition=Q(shop_rate=None)),
            # other users of a device, means of payment, address or network, and their recent orders
            models.Index(fields=("device_fingerprint", "placed_at"), name="order_of_device"),
            models.Index(fields=("payment_fingerprint", "placed_at"), name="order_of_instrument"),
            models.Index(fields=("address_fingerprint", "placed_at"), name="order_of_address"),
            models.Index(fields=("ip", "placed_at"), name="order_of_ip", condition=Q(ip__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.order_no

    @property
    def total_when_placed(self) -> Decimal:
        """What the products came to before any refund."""
        return self.subtotal - self.discount

    @property
    def placed_in_shop(self) -> Decimal | None:
        """The same in the shop's currency; None without a rate."""
        return self.in_shop_currency(self.total_when_placed)

    @property
    def discount_in_shop(self) -> Decimal | None:
        return self.in_shop_currency(self.discount)


class OrderItem(models.Model):
    """One line of an order. Member, moment and category are repeated here for set-based segment queries.

    ``quantity`` is what the source says; ``units`` is what may be counted: NULL where the quantity is a
    weight or a volume (fuel in thousandths of a gallon, say).
    """

    order = models.ForeignKey(
        Order, models.CASCADE, related_name="items", db_index=False, verbose_name=_("order")
    )
    line_no = models.PositiveIntegerField(_("line"))
    product = models.ForeignKey(
        "membership.Product", models.PROTECT, related_name="order_items", verbose_name=_("product")
    )
    member = models.ForeignKey(
        "membership.Member",
        models.PROTECT,
        related_name="order_items",
        db_index=False,
        verbose_name=_("member"),
    )
    category = models.ForeignKey(
        "membership.Category",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="order_items",
        db_index=False,
        verbose_name=_("category"),
    )
    placed_at = models.DateTimeField(_("placed"))
    quantity = models.PositiveIntegerField(_("quantity"))
    units = models.PositiveIntegerField(_("units"), null=True, blank=True)
    unit_price = models.DecimalField(_("unit price"), max_digits=16, decimal_places=6)
    discount = money(verbose_name=_("discount"), default=Decimal(0))
    refunded = money(verbose_name=_("refunded"), default=Decimal(0), db_default=Decimal(0))
    total = money(verbose_name=_("total"))
    returned = models.PositiveIntegerField(_("given back"), default=0, db_default=0)
    restocked = models.PositiveIntegerField(_("back in stock"), default=0, db_default=0)
    is_gift = models.BooleanField(
        _("a gift"),
        default=False,
        db_default=False,
        help_text=_("Bought for somebody else: it says nothing about what the member likes."),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("order line"), _("order lines")
        ordering = ("order_id", "line_no")
        constraints = [
            models.UniqueConstraint(fields=("order", "line_no"), name="order_item_line_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_item_quantity_positive"),
            models.CheckConstraint(
                condition=Q(restocked__lte=models.F("returned"), returned__lte=models.F("quantity")),
                name="order_item_returned_once",
            ),
            not_negative(
                fields=("unit_price", "discount", "refunded", "total"), name="order_item_amounts_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=("member", "placed_at", "category", "order"), name="order_item_of_member"),
            models.Index(fields=("category", "placed_at", "member", "order"), name="order_item_of_category"),
            # few, and asked for on every request for a list
            models.Index(fields=("member",), name="order_item_gift", condition=Q(is_gift=True)),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} #{self.line_no}"
