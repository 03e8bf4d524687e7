"""Products that are one thing in several variants, such as the sizes of a shirt."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

Options = Mapping[str, str]
"""What makes one variant: the name of an option -> its value, such as ``{"Size": "M"}``."""


class ProductGroup(models.Model):
    """One thing that is sold in variants: each is a product with a SKU, price and stock of its own.

    ``options`` are the names of what the variants differ in, in the order shown, such as
    ``["Size", "Colour"]``. Lists of products show one variant of a group.
    """

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(
        _("code"),
        max_length=120,
        unique=True,
        help_text=_("The shop's own name for it, such as a handle or the SKU of the parent."),
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    options = models.JSONField(
        _("options"), default=list, blank=True, help_text=_('A list in order, such as ["Size", "Colour"].')
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("product group"), _("product groups")
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(condition=~models.Q(code=""), name="product_group_code_not_empty")
        ]

    def __str__(self) -> str:
        return self.name or self.code


def options_key(options: Options | None) -> str:
    """The same for equal options in whatever order and capitals, "" for none: sha256 in hexadecimal."""
    if not options:
        return ""
    pairs = sorted((name.casefold(), value.casefold()) for name, value in options.items())
    return hashlib.sha256(json.dumps(pairs, ensure_ascii=False).encode()).hexdigest()


def options_text(options: Options | None, *, order: Sequence[str] = ()) -> str:
    """``M / Red``: the values in the group's order; names that it does not know come last."""
    return " / ".join(in_order(options, order=order).values())


def in_order(options: Options | None, *, order: Sequence[str] = ()) -> dict[str, str]:
    """The options in the group's order, as a database may have stored them in another."""
    places = {name: place for place, name in enumerate(order)}
    pairs = sorted((options or {}).items(), key=lambda pair: (places.get(pair[0], len(places)), pair[0]))
    return dict(pairs)
