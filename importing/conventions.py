"""A file's values as its system writes them: read by the file's own conventions before they are cleaned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from importing.mapping import Plan
from importing.presets.loading import Rules
from importing.registry import Field, import_kind
from membership.cleaning.columns import AtOnce, at_once
from membership.cleaning.text import Mended

NOBODY = ("member_no", "phone")
"""Columns in which a word such as "null" names nobody."""
PERCENT = "discount_percent"
COUNTED = ("quantity", "stock", "quantity_refunded")
_LIST = re.compile("[,;]")
_WITH_UNIT = re.compile(
    r"\s*(?:[x×]\s*)?([-+−]?\s*[\d.,' ]*\d)\s*(?:[x×]|[^\W\d_]{1,6}\.?)?\s*", re.IGNORECASE
)
"""``3 Stk.``, ``2件``, ``x 2``."""


def fields_for(
    plan: Plan, *, now: datetime, decimal_comma: bool, date_order: Mapping[str, str], shares: bool = False
) -> tuple[Field, ...]:
    """The kind's fields; each reads its values as this file writes them, before it cleans them.

    ``shares``: the file writes 10 % as 0.1.
    """
    fields = import_kind(plan.kind).fields(now)
    return tuple(
        replace(
            spec,
            clean=_reading(
                spec, table=plan.values.get(spec.name, {}), decimal_comma=decimal_comma,
                date_order=plan.date_order or date_order.get(spec.name, ""), rules=plan.rules, shares=shares,
            ),
            at_once=None
            if shares and spec.name == PERCENT
            else _at_once(spec, plan=plan, decimal_comma=decimal_comma),
        )
        for spec in fields
    )  # fmt: skip


def _at_once(spec: Field, *, plan: Plan, decimal_comma: bool) -> AtOnce | None:
    """How distinct values are cleaned in one go; None where this file writes the column in its own way."""
    if plan.values.get(spec.name) or spec.name in plan.rules.get("first_of_list", ()):
        return None
    if spec.form == "number" and decimal_comma:
        return None
    return at_once(spec.clean, is_key=spec.form == "key")


def _reading(
    spec: Field, *, table: Mapping[str, str], decimal_comma: bool, date_order: str, rules: Rules, shares: bool
) -> Callable[[object], object]:
    as_written = _by_form(spec, decimal_comma=decimal_comma, date_order=date_order, shares=shares)
    first_of_list = spec.name in rules.get("first_of_list", ())
    separator = rules.get("category_separator", "") if spec.name == "category" else ""
    roots = rules.get("category_drop_first", ())
    is_list = spec.name == "tags"

    def read(value: object) -> object:
        if not isinstance(value, str) or not spec.form:
            return spec.clean(value)
        text = as_written(value)
        if first_of_list:
            text = _LIST.split(text)[0].strip()
        if separator:
            text = text.replace(separator, " > ")
            for root in roots:
                text = text.removeprefix(root).removeprefix(" > ")
        if table:
            parts = text.split(",") if is_list else [text]
            text = ",".join(_looked_up(part, table) for part in parts)
        clean = spec.clean(text)
        if spec.form == "text" and "\x00" in value.strip("\x00") and isinstance(clean, str):
            return Mended(clean, "before_nul")
        return clean

    return read


def _after_nul(text: str) -> str:
    """What follows a NUL inside, as it is the rest of a damaged value; one at the end only fills the cell."""
    return text.strip("\x00").rpartition("\x00")[2]


def _by_form(spec: Field, *, decimal_comma: bool, date_order: str, shares: bool) -> Callable[[str], str]:
    from membership.cleaning import conventions
    from membership.cleaning.words import MISSING_WORDS

    def key(value: str) -> str:
        text = conventions.key_cell(value)
        return "" if spec.name in NOBODY and text.casefold() in MISSING_WORDS else text

    def text(value: str) -> str:
        return conventions.cell(" ".join(_after_nul(value).splitlines()))

    def number(value: str) -> str:
        plain = conventions.plain_number(value, decimal_comma=decimal_comma)
        if spec.name in COUNTED and (match := _WITH_UNIT.fullmatch(plain)):
            plain = conventions.plain_number(match[1], decimal_comma=decimal_comma)
        if spec.name != PERCENT:
            return plain
        plain = plain.rstrip().removesuffix("%")
        return _hundredfold(plain) if shares else plain

    forms: dict[str, Callable[[str], str]] = {
        "key": key,
        "number": number,
        "moment": lambda value: conventions.iso_moment(value, order=date_order),
        "text": text,
    }
    return forms[spec.form] if spec.form else str


def _hundredfold(text: str) -> str:
    try:
        return format(Decimal(text) * 100, "f")
    except InvalidOperation:
        return text


def _looked_up(text: str, table: Mapping[str, str]) -> str:
    word = text.strip().casefold()
    if word in table:
        return table[word]
    return table.get("*", text) if word else text
