"""Presets: what is known of each system's exports, read from the TOML files beside this one."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TypedDict

FOLDER = Path(__file__).parent
GENERIC = "spreadsheet"
_BRACKETS = re.compile(r"(.*\S)\s*[(\[【]\s*([^()\[\]【】]*)\s*[)\]】]")
_CODES = (
    "EUR", "USD", "GBP", "CHF", "CNY", "JPY", "BRL", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF",
    "INR", "MXN", "KRW", "HKD", "TWD", "SGD", "NZD", "RUB", "UAH", "TRY", "RON", "BGN", "ZAR", "THB", "MYR",
    "PHP", "IDR", "VND", "AED", "SAR", "ILS", "CLP", "COP", "ARS", "PEN",
)  # fmt: skip
_SIGNS = {
    "€": "EUR", "£": "GBP", "R$": "BRL", "RMB": "CNY", "人民币": "CNY", "円": "JPY", "원": "KRW",
    "РУБ": "RUB", "РУБ.": "RUB", "₽": "RUB",
}  # fmt: skip
_CURRENCY_AT_END = re.compile(rf"(.*\S)(?:\s+in)?\s+({'|'.join(_CODES)}|€|£|\$|¥|R\$)", re.IGNORECASE)
_TAX_AT_END = re.compile(
    r"(.*\S)\s+(?:brutto|netto|ttc|ht|inkl\.?(?: mwst\.?| ust\.?)?|exkl\.?(?: mwst\.?| ust\.?)?"
    r"|zzgl\.? mwst\.?|incl?\.?(?: tax| vat| gst| btw)?|excl?\.?(?: tax| vat| gst| btw)?|gross|net"
    r"|iva incl\w*|con iva|sin iva|i\.?v\.?a\.? inclusa|税込|税抜|含税|不含税|с ндс|без ндс)",
    re.IGNORECASE,
)
REMEMBERED = 50_000
"""Headings whose plain form is kept: all systems are tried on each of a file."""
_NOISE = re.compile(r"[\s_\-‐-―\"'*:#]+")


@lru_cache(maxsize=REMEMBERED)
def plain_heading(heading: str) -> str:
    """A heading without capitals, blanks, quotes and marks, so that spellings of one heading are equal."""
    text = unicodedata.normalize("NFKC", heading).replace("\ufeff", "").casefold()
    return _NOISE.sub("", text).rstrip(".")


@lru_cache(maxsize=REMEMBERED)
def bare_heading(heading: str) -> tuple[str, str]:
    """(a heading without what stands in brackets or says its currency, that currency or "").

    ``Preis (EUR)`` is Preis, in EUR. A percentage in brackets stays: it is another column.
    """
    currency = ""
    text = unicodedata.normalize("NFKC", heading).strip()
    while match := _BRACKETS.fullmatch(text):
        if "%" in match[2]:
            break
        text, currency = match[1], _currency_of(match[2]) or currency
    if match := _CURRENCY_AT_END.fullmatch(text):
        text, currency = match[1], _currency_of(match[2]) or currency
    return plain_heading(text), currency


@lru_cache(maxsize=REMEMBERED)
def heading_without_tax(heading: str) -> str:
    """A bare heading without the word that says whether its amounts hold tax; "" where there is none."""
    match = _TAX_AT_END.fullmatch(unicodedata.normalize("NFKC", heading).strip())
    return bare_heading(match[1])[0] if match else ""


def _currency_of(text: str) -> str:
    word = text.strip().upper()
    return _SIGNS.get(word, word if word in _CODES else "")


class Rules(TypedDict, total=False):
    """What else is known of a system's files; docs/how-to/add-a-preset.md says what each does."""

    keep: dict[str, list[str]]
    skip: dict[str, list[str]]
    first_of_list: list[str]
    category_separator: str
    category_drop_first: list[str]
    return_prefix: str
    order_discount_includes_lines: bool
    lines_are_net: bool
    lines_hold_shipping: bool
    number_in_brackets: bool
    name_beside_contact: list[str]
    total_without_tax: bool
    refunds_hold_tax: bool
    number_from: list[str]
    order_rows: list[str]
    file_words: dict[str, str]
    variant_sku: str
    amounts: str  # "orders": told from the file, not by a preset; see importing/whole_orders/level.py
    unnamed: bool  # the same


@dataclass(frozen=True)
class Preset:
    """One kind of export of one system. ``columns``: our column -> its headings, the first that has a value
    counts.
    """

    system: str
    kind: str
    title: str
    marks: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    packed: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Heading -> columns that are others in files that have it."""

    def columns_for(self, headings: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """The columns of a file with these headings."""
        columns = dict(self.columns)
        there = set(map(plain_heading, headings)) if self.instead else set()
        for heading, others in self.instead.items():
            if plain_heading(heading) in there:
                columns |= others
        return columns

    def known_headings(self) -> frozenset[str]:
        return self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(plain_heading(name) for names in self.columns.values() for name in names)

    def matches(self, headings: frozenset[str]) -> int:
        """How well the file's plain headings fit; 0: it is no such file."""
        fitting = [len(marks) for marks in self.marks if marks <= headings]
        return len(self.known_headings() & headings) * 10 + max(fitting) if fitting else 0


@cache
def all_presets() -> dict[str, dict[str, Preset]]:
    """System -> kind of file -> its preset."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def _read(path: Path) -> dict[str, Preset]:
    parts = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        kind: Preset(
            system=path.stem,
            kind=kind,
            title=part["title"],
            marks=tuple(frozenset(map(plain_heading, marks)) for marks in part.get("marks", ())),
            columns={name: _listed(theirs) for name, theirs in part["columns"].items()},
            values={
                name: {word.casefold(): ours for word, ours in table.items()}
                for name, table in part.get("values", {}).items()
            },
            constants=part.get("constants", {}),
            rules=part.get("rules", {}),
            packed=part.get("packed", {}),
            instead={
                heading: {name: _listed(theirs) for name, theirs in columns.items()}
                for heading, columns in part.get("instead", {}).items()
            },
        )
        for kind, part in parts.items()
        if isinstance(part, dict)
    }


def _listed(theirs: str | list[str]) -> tuple[str, ...]:
    return (theirs,) if isinstance(theirs, str) else tuple(theirs)


def system_names() -> list[str]:
    return sorted(all_presets())


def recognise(*, kind: str, headings: Sequence[str]) -> Preset | None:
    """The preset that the headings point to, None where they point to none."""
    plain = frozenset(map(plain_heading, headings))
    candidates = [
        (preset.matches(plain), preset) for kinds in all_presets().values() if (preset := kinds.get(kind))
    ]
    score, best = max(candidates, key=lambda pair: pair[0], default=(0, None))
    return best if score else None


@cache
def known_headings(kind: str) -> frozenset[str]:
    """Plain headings that some preset, or we ourselves, know of this kind of file."""
    presets = [preset for kinds in all_presets().values() if (preset := kinds.get(kind))]
    ours = {plain_heading(name) for preset in presets for name in preset.columns}
    return frozenset(ours.union(*(preset.known_headings() for preset in presets)))
