"""Text as shops export it: trimmed, in one Unicode form; and words of a fixed list."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from membership.cleaning.words import BOOLEANS, MISSING_WORDS

CATEGORY_SEPARATORS = re.compile(r"\s*(?:>|»|›|→)\s*")
_INVISIBLE = re.compile("[\ufeff\u200b\u2060]")
_CONTROL = re.compile("[\x01-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"\s+")


class Unclean(ValueError):
    """A value that cannot be used; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Mended:
    """A clean value that is not all that the file holds; ``code`` says what was left out."""

    value: object
    code: str


def plain(value: object) -> str:
    """Text in Unicode's compatible form (NFKC), without invisible marks, single-spaced and trimmed.

    A NUL is refused (``nul``): it means damaged data, and PostgreSQL cannot store it. So is a line break
    inside (``line_break``): no column has one by right, and a quote left open in a CSV file makes some.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = value if isinstance(value, str) else _as_text(value)
    if text.isascii() and text.isalnum():
        return text
    if "\x00" in text:
        raise Unclean("nul")
    text = text.strip()
    if "\n" in text or "\r" in text:
        raise Unclean("line_break")
    text = unicodedata.normalize("NFKC", _CONTROL.sub(" ", _INVISIBLE.sub("", text)))
    return _SPACES.sub(" ", text).strip()


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a column of numbers with gaps reads as floats: 1001.0 is 1001
    if isinstance(value, bytes):
        raise Unclean("not_text")
    return str(value)


def clean_key(value: object, *, max_length: int) -> str | None:
    """A number that the shop gave (member, order, SKU): kept as it is written, only trimmed."""
    text = plain(value)
    if len(text) > max_length:
        raise Unclean("too_long")
    return text or None


def clean_text(value: object, *, max_length: int) -> str | None:
    """Free text; words that stand for "no value" (``null``, ``n/a``, …) are no value."""
    text = clean_key(value, max_length=max_length)
    return None if text is None or text.casefold() in MISSING_WORDS else text


def clean_member_no(value: object, *, max_length: int) -> str | None:
    """A member number in upper case, so that ``m00017`` and ``M00017`` are one member."""
    text = plain(plain(value).upper())  # some characters grow in upper case, or fall apart into several
    if len(text) > max_length:
        raise Unclean("too_long")
    return text or None


def clean_category(value: object, *, max_length: int = 400, max_name: int = 120) -> str | None:
    """A path ``A > B > C``: trimmed names, one kind of separator; names wholly in capitals or small letters
    are capitalised, so that ``DAIRY``, ``dairy`` and ``Dairy`` are one node.
    """
    text = clean_text(value, max_length=10_000)
    if text is None:
        return None
    names = [_one_case(name.strip(" /")) for name in CATEGORY_SEPARATORS.split(text)]
    names = [name for name in names if name]
    path = " > ".join(names)
    if len(path) > max_length or any(len(name) > max_name for name in names):
        raise Unclean("too_long")
    return path or None


def _one_case(name: str) -> str:
    if name.islower() or (name.isupper() and len(name) > 3):
        return plain(" ".join(word[:1].title() + word[1:].lower() for word in name.split(" ")))
    return name


def clean_tags(value: object, *, max_length: int = 60) -> tuple[str, ...] | None:
    """Tags split at comma, semicolon or bar; each once, in order, in small letters."""
    parts = value if isinstance(value, tuple | list) else re.split(r"[,;|]", plain(value))
    tags = tuple(dict.fromkeys(tag for part in parts if (tag := plain(plain(part).casefold()).strip('"'))))
    if any(len(tag) > max_length for tag in tags):
        raise Unclean("too_long")
    return tags or None


def clean_options(value: object, *, max_name: int = 40, max_value: int = 80) -> str | None:
    """What makes a variant, as ``Size: M; Colour: Red``: names and values trimmed, each name once."""
    text = clean_text(value, max_length=1_000)
    if text is None:
        return None
    pairs: dict[str, str] = {}
    for part in text.split(";"):
        name, colon, chosen = (piece.strip() for piece in part.partition(":"))
        if not (name or chosen):
            continue
        if not (colon and name and chosen):
            raise Unclean("not_options")
        if len(name) > max_name or len(chosen) > max_value:
            raise Unclean("too_long")
        pairs[name] = chosen
    return "; ".join(f"{name}: {chosen}" for name, chosen in pairs.items()) or None


def options_of(text: str) -> dict[str, str]:
    """The names and values of a clean text."""
    pairs = (part.partition(": ") for part in text.split("; "))
    return {name: chosen for name, _colon, chosen in pairs if name and chosen}


def clean_choice(value: object, *, words: Mapping[str, str]) -> str | None:
    """The word of the vocabulary that ``value`` means; ``words`` maps synonyms in small letters."""
    text = clean_text(value, max_length=100)
    if text is None:
        return None
    word = text.casefold().replace("_", " ").replace("-", " ").strip()
    if word not in words:
        raise Unclean("not_a_choice")
    return words[word]


def clean_boolean(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    text = clean_text(value, max_length=100)
    if text is None:
        return None
    if text.casefold() not in BOOLEANS:
        raise Unclean("not_a_boolean")
    return BOOLEANS[text.casefold()]


def clean_flag(value: object, *, words: Mapping[str, bool]) -> bool | None:
    """Yes or no in the words of a list."""
    if isinstance(value, bool):
        return value
    text = clean_text(value, max_length=100)
    if text is None:
        return None
    if text.casefold() not in words:
        raise Unclean("not_a_choice")
    return words[text.casefold()]


def clean_codes(value: object, *, clean: Callable[[object], str | None], max_length: int = 800) -> str | None:
    """Codes split at comma, semicolon, bar or blank, each cleaned by ``clean``: ``AT,DE``, in order, once.

    A name of several words (``New Zealand``) stands between the other marks.
    """
    parts = value if isinstance(value, tuple | list) else _codes(plain(value))
    codes = sorted({code for part in parts if (code := clean(part))})
    joined = ",".join(codes)
    if len(joined) > max_length:
        raise Unclean("too_long")
    return joined or None


def _codes(text: str) -> list[str]:
    parts = [part.strip() for part in re.split(r"[,;|]", text)]
    if len(parts) == 1 and all(len(word) <= 3 for word in text.split()):
        parts = text.split()
    return [part for part in parts if part]
