"""Other shops' systems: how they are reached, what they sent, and which of our rows stand for theirs."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connectors.sealing import seal, unseal
from registry.jobs import LeasedJob

SECRETS = ("webhook_secret", "previous_secret", "access_key", "access_token")
"""What ``Connection.keep_secret`` takes; each is stored encrypted and never shown."""


class System(models.TextChoices):
    SHOPIFY = "shopify", "Shopify"
    WOOCOMMERCE = "woocommerce", "WooCommerce"
    SIGNED = "signed", _("Any other (signed webhooks)")


class Connection(models.Model):
    """One shop in another system whose members, products and orders are kept here, too."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    system = models.CharField(_("system"), max_length=12, choices=System.choices)
    name = models.CharField(_("name"), max_length=80, unique=True)
    shop_address = models.CharField(
        _("shop's address"), max_length=200, blank=True, help_text=_("As https://my-shop.myshopify.com.")
    )
    order_prefix = models.CharField(
        _("put before order numbers"),
        max_length=12,
        blank=True,
        help_text=_("Only if two shops give their orders the same numbers."),
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ACTIVE)
    webhook_secret_sealed = models.TextField(editable=False, blank=True)
    previous_secret_sealed = models.TextField(editable=False, blank=True)
    access_key_sealed = models.TextField(editable=False, blank=True)
    access_token_sealed = models.TextField(editable=False, blank=True)
    fetched_until = models.DateTimeField(
        _("fetched until"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("All that changed in the shop before this moment is known here."),
    )
    error = models.TextField(_("error"), blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("connection"), _("connections")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(system__in=("shopify", "woocommerce", "signed")), name="connection_system_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("active", "paused")), name="connection_state_known"
            ),
            models.UniqueConstraint(
                fields=("system", "shop_address"),
                condition=~Q(shop_address=""),
                name="connection_one_a_shop",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def keep_secret(self, name: str, text: str) -> None:
        """Put ``text`` into the secret of this name (one of ``SECRETS``), encrypted; does not save."""
        if name not in SECRETS:
            raise ValueError(f"a connection has no secret {name}")
        setattr(self, f"{name}_sealed", seal(text))

    def secret(self, name: str) -> str:
        """The secret of this name (one of ``SECRETS``), "" without one. Raises SealBroken."""
        return unseal(getattr(self, f"{name}_sealed")) if name in SECRETS else ""

    @property
    def webhook_secrets(self) -> list[str]:
        """The secret that messages are signed with, and the one before it while both are valid."""
        return [text for name in SECRETS[:2] if (text := self.secret(name))]

    @property
    def can_fetch(self) -> bool:
        """Whether the shop's own API may be asked."""
        return bool(self.system != System.SIGNED and self.shop_address and self.access_token_sealed)


class ReceivedDeliveryQuerySet(models.QuerySet["ReceivedDelivery"]):
    def due(self, *, at: datetime) -> Self:
        """Those to be worked on now, in the order in which they came."""
        active = self.filter(state=ReceivedDelivery.State.WAITING, next_try_at__lte=at)
        return active.filter(connection__state=Connection.State.ACTIVE).order_by("next_try_at", "id")


class ReceivedDelivery(models.Model):
    """One message of a shop, stored before it is answered, and what became of it.

    It is worked on in the transaction that notes its end: a worker that dies leaves it as it was.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPLIED = "applied", _("Applied")
        OLDER = "older", _("Older than what is known")
        IGNORED = "ignored", _("Nothing to do")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        STAFF = "staff", _("For staff")

    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="deliveries", verbose_name=_("connection")
    )
    delivery_id = models.CharField(_("delivery"), max_length=100)
    topic = models.CharField(_("topic"), max_length=60)
    body = models.TextField(_("content"), editable=False)
    triggered_at = models.DateTimeField(_("sent"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    detail = models.TextField(_("what became of it"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), default=timezone.now, editable=False)
    worked_at = models.DateTimeField(_("worked on"), null=True, blank=True)

    objects = ReceivedDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        ordering = ("-received_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=("connection", "delivery_id"), name="delivery_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=("waiting", "applied", "older", "ignored", "refused", "failed", "staff")
                ),
                name="delivery_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=("connection", "next_try_at", "id"),
                name="delivery_waiting",
                condition=Q(state="waiting"),
            ),
            models.Index(fields=("-received_at", "-id"), name="delivery_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.delivery_id}"


class SourceObject(models.Model):
    """One order, customer or product of a connected shop: how new our copy is, and which row it is.

    ``data`` holds what later messages need and no person: SKUs, refunds by number, names of places.
    """

    class Kind(models.TextChoices):
        ORDER = "order", _("Order")
        CUSTOMER = "customer", _("Customer")
        PRODUCT = "product", _("Product")
        REFUNDS = "refunds", _("Refunds")
        PLACE = "place", _("Place")
        STOCK = "stock", _("Stock")

    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="objects_there", verbose_name=_("connection")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    source_id = models.CharField(_("id there"), max_length=80)
    parent_id = models.CharField(_("variant of"), max_length=80, blank=True)
    changed_at = models.DateTimeField(_("changed there"), null=True, blank=True)
    triggered_at = models.DateTimeField(_("sent"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted there"), null=True, blank=True)
    local_id = models.BigIntegerField(_("our row"), null=True, blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("object of a shop"), _("objects of shops")
        constraints = [
            models.UniqueConstraint(fields=("connection", "kind", "source_id"), name="source_object_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("order", "customer", "product", "refunds", "place", "stock")),
                name="source_object_kind_known",
            ),
        ]
        indexes = [
            models.Index(fields=("kind", "local_id"), name="source_object_local"),
            models.Index(fields=("connection", "parent_id"), name="source_object_variants"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id}"


class BackFill(LeasedJob):
    """One reading of a connected shop through its API: everything, or what changed since a moment.

    ``steps_done`` and ``cursor`` move in the transaction that writes a page, so that a job whose worker died
    goes on with the next page.
    """

    task_name = "connectors.tasks.run_back_fill"

    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="back_fills", verbose_name=_("connection")
    )
    since = models.DateTimeField(_("changed since"), null=True, blank=True)
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    steps_done = models.PositiveSmallIntegerField(default=0)
    cursor = models.CharField(max_length=400, blank=True)
    counts = models.JSONField(_("read"), default=dict, blank=True)

    class Meta(LeasedJob.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("fetch"), _("fetches")
        constraints = [
            *LeasedJob.constraints(prefix="back_fill"),
            models.UniqueConstraint(
                fields=("connection",),
                condition=Q(status__in=("queued", "running")),
                name="back_fill_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connection} #{self.pk}"
