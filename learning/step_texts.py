"""What a long job is doing now, or why it failed: an English text that can be translated where it is shown.

Workers write such texts and people of another language read them, so a text keeps its template and values
beside its English form. Stored, it is the plain text, or JSON of both where it has values; a value may be
such a text itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Self

Value = str | int | float


def gettext_noop(message: str) -> str:
    """Marks a text for translation where it is shown, as Django's function of this name does."""
    return message


FITTED = gettext_noop("fitted")
EPOCH = gettext_noop("epoch %(n)d")
EPOCH_PRECISION = gettext_noop("epoch %(n)d: average precision %(figure)s")
EPOCH_NDCG = gettext_noop("epoch %(n)d: NDCG@10 %(figure)s")
ITERATION = gettext_noop("iteration %(n)d")
TREE = gettext_noop("tree %(n)d")
TREES = gettext_noop("trees, %(n)d of %(total)d")
PAIRS = gettext_noop("training pairs, %(n)d of %(total)d")
HORIZON = gettext_noop("learning the next %(days)d days")
JUDGED_HORIZON = gettext_noop("judging the next %(days)d days")
GROUPS = gettext_noop("trying %(k)d groups")
WORDING = gettext_noop("reading texts: wording")
MEANING = gettext_noop("reading texts: meaning")

NO_ORDERS = gettext_noop("There are no orders of active members to learn from; import orders first.")


class StepText(str):
    """``template % values``, in English; equal to that text wherever text is expected."""

    template: str
    values: dict[str, Value]

    def __new__(cls, template: str, **values: Value) -> Self:
        text = super().__new__(cls, template % values if values else template)
        text.template, text.values = template, values
        return text


def to_stored(text: str, *, most: int) -> str:
    """``text`` as it is stored, at most ``most`` characters; one that would be longer loses its template."""
    if isinstance(text, StepText) and text.values:
        values = {
            name: to_stored(value, most=most) if isinstance(value, str) else value
            for name, value in text.values.items()
        }
        both = json.dumps([text.template, values], ensure_ascii=False)
        if len(both) <= most:
            return both
    return text[:most]


def read_back(stored: str) -> str:
    """The text that ``to_stored`` was given: a StepText where it has values."""
    if not stored.startswith("["):
        return stored
    try:
        template, values = json.loads(stored)
        plain = {name: read_back(one) if isinstance(one, str) else one for name, one in values.items()}
        return StepText(template, **plain) if plain else stored
    except (ValueError, TypeError, KeyError, AttributeError):
        return stored  # an English text that begins with a bracket


def translated(stored: str, translate: Callable[[str], str]) -> str:
    """A text that ``to_stored`` gave, with its template and its values that are texts translated."""
    if not stored.startswith("["):
        return translate(stored) if stored else ""
    try:
        template, values = json.loads(stored)
        shown = {
            name: translated(value, translate) if isinstance(value, str) else value
            for name, value in values.items()
        }
        return translate(template) % shown
    except (ValueError, TypeError, KeyError, AttributeError):
        return stored  # an English text that begins with a bracket
