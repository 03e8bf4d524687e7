"""What members looked at."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One thing a member did in the shop without buying."""

    class Type(models.TextChoices):
        VIEW = "view", _("View")
        CART = "cart", _("Added to cart")
        CART_REMOVE = "cart_remove", _("Removed from cart")
        SEARCH = "search", _("Search")
        WISHLIST = "wishlist", _("Wishlist")
        FAVOURITE = "favourite", _("Marked as a favourite")
        NOT_INTERESTED = "not_interested", _("Not interested")
        GIFT = "gift", _("Bought as a gift")
        IMPRESSION = "impression", _("Shown")
        CLICK = "click", _("Click")

    member = models.ForeignKey(
        "membership.Member", models.CASCADE, related_name="events", db_index=False, verbose_name=_("member")
    )
    type = models.CharField(_("type"), max_length=16, choices=Type.choices)
    product = models.ForeignKey(
        "membership.Product",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("product"),
    )
    occurred_at = models.DateTimeField(_("when"))
    session = models.CharField(_("session"), max_length=64, blank=True)
    surface = models.CharField(_("surface"), max_length=20, blank=True)
    query = models.CharField(_("search words"), max_length=200, blank=True)
    model_version = models.ForeignKey(
        "registry.ModelVersion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("model version"),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("event"), _("events")
        ordering = ("-occurred_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    type__in=(
                        "view",
                        "cart",
                        "cart_remove",
                        "search",
                        "wishlist",
                        "favourite",
                        "not_interested",
                        "gift",
                        "impression",
                        "click",
                    )
                ),
                name="event_type_known",
            ),
            # two constraints, because SQLite knows no nulls_distinct=False
            models.UniqueConstraint(
                fields=("member", "occurred_at", "type", "product", "session"),
                condition=Q(product__isnull=False),
                name="event_once",
            ),
            models.UniqueConstraint(
                fields=("member", "occurred_at", "type", "session"),
                condition=Q(product=None),
                name="event_without_product_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} · {self.occurred_at:%Y-%m-%d %H:%M}"
