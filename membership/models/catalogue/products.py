"""What the shop sells, and where."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from membership.models.catalogue.categories import Category
from membership.models.catalogue.former_names import ProductFormerSku, note_renamed
from membership.models.catalogue.groups import ProductGroup, in_order, options_key, options_text
from membership.models.catalogue.showing import ShownTo, shown_to_constraints
from membership.models.fields import currency, money, not_negative

MAX_LEAD_TIME_DAYS = 56
"""Demand is forecast for eight weeks."""


class Store(models.Model):
    """A place of sale: a building or an online shop."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("store"), _("stores")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name or self.code


class ProductQuerySet(models.QuerySet["Product"]):
    def sellable(self) -> Self:
        """Products that may be shown: not hidden, and in stock (or stock is not counted)."""
        return self.filter(is_active=True).exclude(stock=0)


class Product(ShownTo):
    """One thing that can be bought; ``stock`` is NULL where the shop does not count it.

    ``backordered`` is how many pieces orders still wait for: what comes to the stock goes to them first, so
    that it is 0 while there is any stock. A variant has a ``group`` and its ``options`` in it (NULL: none).
    """

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    sku = models.CharField(_("SKU"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="products", verbose_name=_("category")
    )
    brand = models.CharField(_("brand"), max_length=80, blank=True)
    price = money(verbose_name=_("price"))
    currency = currency(verbose_name=_("currency"))
    stock = models.PositiveIntegerField(_("stock"), null=True, blank=True)
    backordered = models.PositiveIntegerField(_("backordered"), default=0, db_default=0, editable=False)
    group = models.ForeignKey(
        ProductGroup,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("product group"),
    )
    options = models.JSONField(
        _("options"), null=True, blank=True, help_text=_('What makes this variant, such as {"Size": "M"}.')
    )
    options_key = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    lead_time_days = models.PositiveSmallIntegerField(
        _("days until a delivery"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_LEAD_TIME_DAYS)],
        help_text=_("From ordering to having it in stock; empty: as set for the shop."),
    )
    service_level = models.FloatField(
        _("service level"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.5), MaxValueValidator(0.999)],
        help_text=_(
            "How often stock should last until a delivery, 0.5 to 0.999; empty: as set for the shop."
        ),
    )
    sold_by_weight = models.BooleanField(
        _("sold by weight"), default=False, help_text=_("Quantities are weights or volumes, not units.")
    )
    is_active = models.BooleanField(_("shown"), default=True)
    is_placeholder = models.BooleanField(
        _("made by an import"),
        default=False,
        db_default=False,
        help_text=_("An order named it before any product file did."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        abstract = False
        verbose_name, verbose_name_plural = _("product"), _("products")
        ordering = ("id",)
        constraints = [
            not_negative(fields=("price",), name="product_price_not_negative"),
            models.CheckConstraint(condition=~models.Q(sku=""), name="product_sku_not_empty"),
            models.CheckConstraint(
                condition=models.Q(lead_time_days=None)
                | models.Q(lead_time_days__range=(1, MAX_LEAD_TIME_DAYS)),
                name="product_lead_time_possible",
            ),
            models.CheckConstraint(
                condition=models.Q(service_level=None) | models.Q(service_level__range=(0.5, 0.999)),
                name="product_service_level_possible",
            ),
            models.UniqueConstraint(
                fields=("group", "options_key"),
                condition=models.Q(group__isnull=False) & ~models.Q(options_key=""),
                name="product_options_once_in_group",
                violation_error_message=_("Another product of the group has these options."),
            ),
            *shown_to_constraints(),
        ]
        indexes = [models.Index(fields=("category", "is_active"), name="product_category")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; a SKU that is given up is kept as a former one."""
        fields = kwargs.get("update_fields")
        if fields is None or "options" in fields:
            self.options_key = options_key(self.options)
        if fields is not None and "options" in fields:
            fields = kwargs["update_fields"] = {*fields, "options_key"}
        if fields is not None and "sku" not in fields:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            before = "" if self._state.adding else _sku_of(self.pk)
            super().save(*args, **kwargs)
            if before != self.sku:
                note_renamed(former=ProductFormerSku, column="sku", owner=self, before=before)

    def clean(self) -> None:
        """Report options that no variant can have, or that another one of the group has."""
        super().clean()
        options = self.options or {}
        if not isinstance(options, dict) or not all(
            isinstance(value, str) and name and value for name, value in options.items()
        ):
            message = gettext('Write names and values, such as {"Size": "M"}.')
            raise ValidationError({"options": message})
        if options and self.group_id is None:
            raise ValidationError({"options": gettext("Options tell variants of a group apart: choose it.")})
        same = Product.objects.filter(group=self.group_id, options_key=options_key(options) or "-")
        if (other := same.exclude(pk=self.pk).first()) is not None:
            raise ValidationError({"options": gettext("%s of the same group has these options.") % other.sku})

    @property
    def shown_options(self) -> dict[str, str]:
        """The options in the order of the group, which a query should have selected along."""
        return in_order(self.options, order=self.group.options if self.group is not None else ())

    @property
    def variant_text(self) -> str:
        """``M / Red``, "" for what is no variant."""
        return options_text(self.options, order=self.group.options if self.group is not None else ())

    @property
    def is_sellable(self) -> bool:
        return self.is_active and self.stock != 0


def _sku_of(pk: int) -> str:
    locked = Product.objects.select_for_update(no_key=True).filter(pk=pk)
    return locked.values_list("sku", flat=True).first() or ""
