"""A mark that all kept answers bear; when it moves, none of them counts any more."""

from __future__ import annotations

from django.utils import timezone

from membership.models import Category, Product
from membership.models.catalogue.showing import MARK_FIELDS
from registry.quiet_cache import keep

GENERATION_KEY = "recommendations:generation"


def forget_answers(**kwargs: object) -> None:
    """Something that every answer rests on has changed. A receiver of signals of rules and experiments."""
    keep(GENERATION_KEY, timezone.now().timestamp(), seconds=None)


def forget_answers_about(*, instance: Product | Category, **kwargs: object) -> None:
    """What is not for everybody was stored: nobody may be shown it from an answer of before.

    A receiver of ``post_save``. What files and bulk writes change is noticed within a minute, when kept
    answers end.
    """
    if any(getattr(instance, name, None) not in (None, "") for name in (*MARK_FIELDS, "least_age")):
        forget_answers()
