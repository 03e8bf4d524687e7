"""Promotions, past and planned, into the database; the same product, kind and first day is the same one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Model
from django.utils import timezone

from forecasts.models import PlannedPromotion
from forecasts.models.promotions import LEAST_SHARE, MOST_DAYS
from forecasts.services.promotions import mark_outdated
from importing.files.frames import (
    CleanColumn,
    Cleaner,
    Note,
    Outcome,
    RowProblems,
    check_columns,
)
from importing.files.reading import Chunk
from importing.kinds.lookups import ProductFinder, slices
from importing.registry import Choices, Field, ImportKind, register_import_kind
from importing.traces import note_changed, note_made
from importing.undoing.steps import register_undo
from registry.tables.bulk import upsert_rows

KEY = ("product_id", "kind", "starts_on")
STORED = ("ends_on", "share", "note")
WEEK = timedelta(days=6)
"""Added to the first day of a row that names no last day."""
Key = tuple[int, str, date]
Values = tuple[date, float, str]
Stored = tuple[int, datetime, Values]
"""(id, when it was written, its values)."""


AHEAD_DAYS = 3 * 366


def register_promotions() -> None:
    """Called once, when the app is ready."""
    register_import_kind(ImportKind("promotions", promotion_fields, lambda: PromotionImporter))
    register_undo(PlannedPromotion, follow=_renew_demand)


def _renew_demand(promotions: Sequence[Model]) -> None:
    """After an undo."""
    products = {promotion.product_id for promotion in promotions if isinstance(promotion, PlannedPromotion)}
    mark_outdated(product_ids=products, at=timezone.now())


def promotion_fields(now: datetime) -> tuple[Field, ...]:
    """The columns of a promotions file."""
    from membership.cleaning import times as moments
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    day = partial(moments.clean_planned_day, latest=now.date() + timedelta(days=AHEAD_DAYS))
    return (
        Field("sku", partial(cleaning.clean_key, max_length=60), required=True),
        Field("kind", partial(cleaning.clean_choice, words=vocabulary.PROMOTION_KINDS), required=True),
        Field("starts_on", day, required=True),
        Field("ends_on", day),
        Field("share", partial(cleaning.clean_share, least=LEAST_SHARE)),
        Field("note", partial(cleaning.clean_text, max_length=200), lenient=True),
    )


class PromotionImporter:
    """A promotion that exists is changed; what the file leaves empty keeps its stored value."""

    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str], choices: Choices) -> None:
        self.fields, self.now = fields, choices.now
        self._cleaner = Cleaner(fields=fields, columns=columns)
        self._products = ProductFinder()

    def forget(self) -> None:
        """Promotions teach nothing about other rows."""

    def prepare(self, chunk: Chunk) -> tuple[dict[str, CleanColumn], RowProblems, Outcome]:
        outcome = Outcome()
        clean = self._cleaner.clean(chunk.table)
        problems = check_columns(clean, fields=self.fields, n_rows=chunk.n_rows, outcome=outcome)
        return clean, problems, outcome

    def write(self, prepared: tuple[dict[str, CleanColumn], RowProblems, Outcome]) -> Outcome:
        import numpy as np

        clean, problems, outcome = prepared
        skus = clean["sku"]
        products_by_code = self._products.find(skus.values)
        unknown = np.array([product is None for product in products_by_code] + [False])
        problems.add(unknown[np.maximum(skus.codes, -1)], name="sku", code="unknown_sku")
        ids = [0 if product is None else product.id for product in products_by_code]
        products = [ids[code] if code >= 0 else 0 for code in skus.codes.tolist()]
        rows = {name: column.objects() for name, column in clean.items()}
        nothing = [None] * len(products)
        keys: list[Key] = list(zip(products, rows["kind"], rows["starts_on"], strict=True))
        given = zip(*(rows.get(name, nothing) for name in STORED), strict=True)
        before = _stored(products)
        stored = {key: values for key, (_pk, _when, values) in before.items()}
        for row, (key, values, problem) in enumerate(zip(keys, given, problems.of_row.tolist(), strict=True)):
            if problem:
                outcome.rejected.append(problems.note(row))
                continue
            wanted = _completed(key, values, stored.get(key))
            if code := _refusal(key, wanted):
                outcome.rejected.append(Note(row=row, field="ends_on", code=code))
                continue
            outcome.imputed["ends_on"] += key not in stored and values[0] is None
            if key not in stored:
                outcome.created += 1
            elif stored[key] == wanted:
                outcome.duplicate += 1
            else:
                outcome.updated += 1
            stored[key] = wanted
        self._save(
            {key: values for key, values in stored.items() if key not in before or before[key][2] != values},
            before=before,
        )
        return outcome

    def _save(self, changed: Mapping[Key, Values], *, before: Mapping[Key, Stored]) -> None:
        if not changed:
            return
        upsert_rows(
            model=PlannedPromotion,
            columns=("public_id", *KEY, *STORED, "created_at", "updated_at"),
            rows=[(uuid.uuid4(), *key, *values, self.now, self.now) for key, values in changed.items()],
            conflict=KEY,
            update=(*STORED, "updated_at"),
        )
        self._note(changed, before=before)
        # the moment of writing, not of the import's beginning: a renewal may have begun between the two
        mark_outdated(product_ids={key[0] for key in changed}, at=timezone.now())

    def _note(self, changed: Mapping[Key, Values], *, before: Mapping[Key, Stored]) -> None:
        """For the undoing of the import."""
        label = PlannedPromotion._meta.label
        products = {key[0] for key in changed}
        now = _stored(products)
        note_made(label, [now[key][0] for key in changed if key not in before])
        note_changed(
            label,
            {
                before[key][0]: {
                    **dict(zip(STORED, zip(before[key][2], values, strict=True), strict=True)),
                    "updated_at": (before[key][1], self.now),
                }
                for key, values in changed.items()
                if key in before
            },
        )


def _completed(key: Key, given: tuple[Any, ...], stored: Values | None) -> Values:
    """Without a last day a promotion lasts a week, without a share it reaches everybody."""
    ends_on, share, note = stored or (key[2] + WEEK, 1.0, "")
    return (
        ends_on if given[0] is None else given[0],
        share if given[1] is None else given[1],
        note if given[2] is None else given[2],
    )


def _refusal(key: Key, values: Values) -> str:
    """Why a promotion cannot be taken, "" if it can."""
    if values[0] < key[2]:
        return "ends_before_start"
    return "too_many_days" if (values[0] - key[2]).days >= MOST_DAYS else ""


def _stored(product_ids: Iterable[int]) -> dict[Key, Stored]:
    """The promotions of these products."""
    stored: dict[Key, Stored] = {}
    for some in slices({pk for pk in product_ids if pk}):
        rows = PlannedPromotion.objects.filter(product_id__in=some).order_by()
        columns = (*KEY, "pk", "updated_at", *STORED)
        for product, kind, starts_on, pk, when, *values in rows.values_list(*columns).iterator(10_000):
            stored[product, kind, starts_on] = (pk, when, (values[0], values[1], values[2]))
    return stored
