"""What things were called before: imports and requests that still use a former name find them by it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class FormerName(models.Model):
    """A name that a row had and that no other row has now; a row that takes the name takes it over."""

    since = models.DateTimeField(_("given up"), default=timezone.now)

    class Meta:
        abstract = True


class CategoryFormerPath(FormerName):
    """A path by which a category was known: it or one above it was renamed, moved or merged."""

    category = models.ForeignKey("membership.Category", models.CASCADE, related_name="former_paths")
    path = models.CharField(_("path"), max_length=400, unique=True)

    class Meta(FormerName.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("former path of a category"), _("former paths of categories")

    def __str__(self) -> str:
        return self.path


class TagFormerName(FormerName):
    """A name that a tag had before it was renamed, or that another tag had which was merged into it."""

    tag = models.ForeignKey("membership.Tag", models.CASCADE, related_name="former_names")
    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta(FormerName.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("former name of a tag"), _("former names of tags")

    def __str__(self) -> str:
        return self.name


class ProductFormerSku(FormerName):
    """A SKU that a product had before it was changed."""

    product = models.ForeignKey("membership.Product", models.CASCADE, related_name="former_skus")
    sku = models.CharField(_("SKU"), max_length=60, unique=True)

    class Meta(FormerName.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("former SKU of a product"), _("former SKUs of products")

    def __str__(self) -> str:
        return self.sku


def note_renamed(*, former: type[FormerName], column: str, owner: models.Model, before: str) -> None:
    """Keep ``before`` as a former name of ``owner``, and end that its new one is another's former name."""
    owner_field = "category" if column == "path" else "tag" if column == "name" else "product"
    now = getattr(owner, column)
    former._base_manager.filter(**{f"{column}__in": [now, before]}).delete()
    if before and before != now:
        former._base_manager.create(**{owner_field: owner, column: before})
