"""Texts that a worker stores and a page shows: untranslated, with their values, until somebody reads them."""

from __future__ import annotations

import json

from django.utils.translation import gettext

from importing.reasons import explain


def phrase(text: str, **values: object) -> str:
    """``text``, marked by ``gettext_noop``, with its values, as it is stored."""
    return json.dumps({"text": text, "values": values}, ensure_ascii=False, default=str) if values else text


def reason(code: str, *, field: str = "", detail: str = "") -> str:
    """Why rows were refused, by the code that importers give, as it is stored."""
    return json.dumps({"code": code, "field": field, "detail": detail}, ensure_ascii=False)


def shown(stored: str) -> str:
    """In the reader's language; a text that nobody marked is shown as it is."""
    if not stored.startswith("{"):
        return gettext(stored) if stored else ""
    try:
        parts = json.loads(stored)
        if "code" in parts:
            return explain(parts["code"], detail=parts["detail"], field=parts["field"])
        return str(gettext(parts["text"]) % parts["values"])
    except (ValueError, KeyError, TypeError):
        return stored
