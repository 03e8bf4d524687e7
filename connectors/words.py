"""Texts that a worker stores and a page shows: untranslated, with their values, until somebody reads them."""

from __future__ import annotations

import json

from django.utils.translation import gettext

from importing.reasons import explain
from learning.step_texts import StepText, to_stored, translated

MOST = 2_000


def phrase(text: str, **values: object) -> str:
    """``text``, marked by ``gettext_noop``, with its values, as it is stored."""
    plain = {name: value if isinstance(value, int) else str(value) for name, value in values.items()}
    return to_stored(StepText(text, **plain), most=MOST)


def reason(code: str, *, field: str = "", detail: str = "") -> str:
    """Why rows were refused, by the code that importers give, as it is stored."""
    return json.dumps({"code": code, "field": field, "detail": detail}, ensure_ascii=False)


def shown(stored: str) -> str:
    """In the reader's language; a text that nobody marked is shown as it is."""
    if not stored.startswith("{"):
        return translated(stored, gettext)
    try:
        parts = json.loads(stored)
        return explain(parts["code"], detail=parts["detail"], field=parts["field"])
    except (ValueError, KeyError, TypeError):
        return stored
