"""A person's name taken apart: the same parts for every order of them, script, accent and punctuation.

王伟, ``Wang Wei`` and ``WEI, Wang`` have the parts ``wang`` and ``wei``; only the first has characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from membership.duplicates.ml.chinese import HAN, family_pinyin, one_spelling, pinyin, split_family

_TITLES = "mr mrs ms miss mx dr prof herr frau mme mlle monsieur madame sr sra srta"
TITLES = frozenset(_TITLES.split())
_PARTICLES = "dos das del della van von der zu zur ter"
PARTICLES = frozenset(_PARTICLES.split())
"""None of them is a syllable of a Chinese name, as de, du and la are."""
CHINESE_TITLES = re.compile("(?:先生|女士|小姐|太太|老师|老師|同学)$")
_BETWEEN = re.compile(r"[^\w]+|_")
_LETTERS_APART = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
MOST_PARTS = 5


class Name(NamedTuple):
    """``parts`` in the order in which they are written, a Chinese family name first. ``letters``: all letters
    of the parts, sorted, so that neither order nor spaces matter. ``characters``: the Chinese ones, or ""."""

    parts: tuple[str, ...]
    characters: str
    letters: str

    def __bool__(self) -> bool:
        return bool(self.parts)


@lru_cache(maxsize=100_000)
def folded(word: str) -> str:
    """In small letters without accents: ``Müller`` → ``muller``."""
    if word.isascii():
        return word.lower()
    plain = word.casefold().translate(_LETTERS_APART)
    return "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))


def parse_name(text: str) -> Name:
    """The parts of a stored name. One in two scripts (``王伟 David``) is read by its characters."""
    if not text.isascii() and (found := HAN.findall(text)):
        characters = CHINESE_TITLES.sub("", "".join(found))
        if len(characters) > 1:
            family, given = split_family(characters)
            return _name((family_pinyin(family), pinyin(given)), characters)
    words = [folded(word) for word in _BETWEEN.split(text.replace("'", "").replace("’", "")) if word]
    kept = [word for word in words if word not in TITLES and word not in PARTICLES] or words
    return _name(tuple(kept[:MOST_PARTS]), "")


def _name(parts: tuple[str, ...], characters: str) -> Name:
    said = tuple(one_spelling(part) for part in parts if part)
    return Name(said, characters, "".join(sorted("".join(said))))


_SOUNDS = (
    ("sch", "s"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("ae", "a"), ("oe", "o"), ("ue", "u"), ("y", "i"),
    ("z", "s"), ("c", "k"), ("q", "k"), ("w", "v"), ("h", ""),
)  # fmt: skip


@lru_cache(maxsize=200_000)
def skeleton(part: str) -> str:
    """First letter and consonants, alike for usual misspellings: ``meyer`` and ``maier`` are ``mr``."""
    for before, after in _SOUNDS:
        part = part.replace(before, after)
    kept = [sign for number, sign in enumerate(part) if number == 0 or sign not in "aeiou"]
    return "".join(sign for number, sign in enumerate(kept) if number == 0 or sign != kept[number - 1])
