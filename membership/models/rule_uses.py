"""What the rules of now name: the database refuses to delete it while a rule uses it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

KINDS = ("category", "product", "store", "tag", "segment")
"""The kinds of ``membership.rules.nodes.Ref``; ``used_<kind>`` is the column of each."""


def _used(model: str) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(model, models.PROTECT, null=True, blank=True, related_name="+")


def _one_of_them() -> Q:
    condition = Q()
    for kind in KINDS:
        others = {f"used_{other}__isnull": True for other in KINDS if other != kind}
        condition |= Q(**{f"used_{kind}__isnull": False}, **others)
    return condition


class RuleUse(models.Model):
    """One thing that a rule names. Written with the rule, from whose ids it follows."""

    used_category = _used("membership.Category")
    used_product = _used("membership.Product")
    used_store = _used("membership.Store")
    used_tag = _used("membership.Tag")
    used_segment = _used("membership.Segment")

    class Meta:
        abstract = True
        constraints = [models.CheckConstraint(condition=_one_of_them(), name="%(class)s_one")]


class SegmentUse(RuleUse):
    """What the newest version of a segment's rule names."""

    segment = models.ForeignKey("membership.Segment", models.CASCADE, related_name="uses")

    class Meta(RuleUse.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("rule of the segment"), _("rules of segments")

    def __str__(self) -> str:
        return str(self.segment)
