"""The names that this shop uses, and how a sentence may write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from membership.segments.drafting.shop_words import PAIRS

FUZZY_FROM = 88.0  # of rapidfuzz' 100: one letter wrong in a word of eight
FUZZY_LETTERS = 4  # shorter words are too alike


@dataclass(frozen=True)
class Named:
    """One name: what it is of (category, brand, store; or a field), and its stored form."""

    what: str
    stored: str
    written: str


@dataclass
class Vocabulary:
    """What can be asked here: ``fields`` by name with their type, ``names`` of the catalogue, ``values``.

    ``values`` holds (field, stored form, as written): tiers, tags, groups, countries, segments.
    ``aliases`` are titles of fields in both languages.
    """

    fields: Mapping[str, str]
    names: Iterable[Named] = ()
    values: Iterable[tuple[str, str, str]] = ()
    aliases: Iterable[tuple[str, str]] = ()
    _written: dict[str, list[tuple[str, Any]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for alias, name in self.aliases:
            self._add(alias, "field", (name,))
        for one in self.names:
            self._add(one.written, "name", (one.what, one.stored))
        for name, stored, written in self.values:
            self._add(written, "value", (name, stored))
        self._translate()
        self._longest = max(map(len, self._written), default=0)

    def _add(self, written: str, kind: str, value: Any) -> None:
        for form in _forms(written):
            known = self._written.setdefault(form, [])
            if (kind, value) not in known:
                known.append((kind, value))

    def _translate(self) -> None:
        """Let categories be called by their name in the other language, where no name is that already."""
        for pair in PAIRS:
            for own, other in (pair, pair[::-1]):
                categories = [one for one in self._written.get(own, ()) if _is_category(one)]
                if categories and not any(form in self._written for form in _forms(other)):
                    self._add(other, "translated", (own, tuple(categories)))

    def at(self, text: str, start: int) -> tuple[int, list[tuple[str, Any]]]:
        """The longest name that begins at ``start`` of the folded ``text``: its end, and what it may mean."""
        for end in range(min(len(text), start + self._longest), start, -1):
            meanings = self._written.get(text[start:end])
            if meanings and _whole_words(text, start, end):
                return end, meanings
        return start, []

    def alike(self, word: str) -> tuple[str, list[tuple[str, Any]]]:
        """The catalogue's name nearest to a word that may be misspelt; ("", []) if none is near."""
        from rapidfuzz import fuzz, process

        if len(word) < FUZZY_LETTERS:
            return "", []
        catalogue = [form for form, known in self._written.items() if known[0][0] == "name"]
        best = process.extractOne(word, catalogue, scorer=fuzz.ratio, score_cutoff=FUZZY_FROM)
        return (best[0], self._written[best[0]]) if best else ("", [])


def _is_category(meaning: tuple[str, Any]) -> bool:
    return meaning[0] == "name" and meaning[1][0] == "category"


def _whole_words(text: str, start: int, end: int) -> bool:
    """Whether the name ends here: no letter of A to Z follows. Chinese has no spaces between words."""
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    return not ((_latin(before) and _latin(text[start])) or (_latin(after) and _latin(text[end - 1])))


def _latin(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def _forms(written: str) -> set[str]:
    """A name as it may stand in a sentence: folded, in the singular and the plural."""
    folded = " ".join(written.casefold().split())
    if not folded:
        return set()
    forms = {folded}
    if re.fullmatch(r"[a-z][a-z '&-]*", folded) and len(folded) > 3:
        if folded.endswith("ies"):
            forms.add(f"{folded[:-3]}y")
        elif folded.endswith("s") and not folded.endswith("ss"):
            forms.add(folded[:-1])
        else:
            forms |= {f"{folded}s", f"{folded}es"}
    return forms
