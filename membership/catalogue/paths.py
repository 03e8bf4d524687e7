"""Categories by their paths: found in whatever capitals, by former paths too, and made where missing."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from membership.models import Category, CategoryFormerPath
from membership.models.catalogue.categories import BETWEEN


def category_ids(paths: Iterable[str]) -> dict[str, int]:
    """path -> id; what is missing is made, with all above it. Two queries where nothing is.

    ``paths`` are clean (``cleaning.text.clean_category``). The same rules as those of an import.
    """
    wanted = set(paths)
    if not wanted:
        return {}
    known = _known()
    return {path: _found(path, known) for path in sorted(wanted)}


def _known() -> dict[str, int]:
    """Path without capitals -> id; a path of now counts before a former one, and the older of two spellings.

    Compared here: not every database knows the capitals of all letters.
    """
    known: dict[str, int] = {}
    for path, pk in Category.objects.order_by("id").values_list("path", "id"):
        known.setdefault(path.casefold(), pk)
    for path, pk in CategoryFormerPath.objects.order_by("id").values_list("path", "category_id"):
        known.setdefault(path.casefold(), pk)
    return known


def _found(path: str, known: dict[str, int]) -> int:
    key = path.casefold()
    if key not in known:
        above, _between, name = path.rpartition(BETWEEN)
        parent_id = _found(above, known) if above else None
        try:
            with transaction.atomic():
                made = Category(name=name, parent_id=parent_id)
                made.save()
            known[key] = made.pk
        except IntegrityError:  # somebody else has just made it
            known |= _known()
    return known[key]
