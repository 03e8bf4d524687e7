"""A sentence as tokens: at every place the longest thing that means something."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from membership.segments.drafting import chinese, english
from membership.segments.drafting.tokens import Kind, Token
from membership.segments.drafting.vocabulary import Vocabulary

QUOTED = re.compile('["“”\'‘’「『]([^"“”‘’「」『』]{1,120})["“”\'‘’」』]')
_SKIPPED = re.compile(r"[\s.!?。！？:：()]+")
_WORD = re.compile(r"[a-z0-9][\w'-]*|[\u4e00-\u9fff]|\S", re.IGNORECASE)
_BEFORE_NAMES = {Kind.PAST, Kind.NEXT, Kind.AGO, Kind.FIELD}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Kind, object], ...]:
    both = (*chinese.PATTERNS, *english.PATTERNS)
    return tuple((re.compile(pattern), kind, value) for pattern, kind, value in both)


def folded(text: str) -> str:
    """The sentence as it is compared: full-width forms made plain, small letters."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'") if not QUOTED.search(text) else text
    return unicodedata.normalize("NFKC", plain).casefold()


def lex(text: str, vocabulary: Vocabulary) -> list[Token]:
    """The tokens of ``text`` (folded), in order, without those that add nothing."""
    tokens, at = [], 0
    while at < len(text):
        skipped = _SKIPPED.match(text, at)
        if skipped:
            at = skipped.end()
            continue
        token, at = _next(text, at, vocabulary)
        tokens.append(token)
    return [token for token in _joined(tokens) if token.kind is not Kind.FILLER]


def _next(text: str, at: int, vocabulary: Vocabulary) -> tuple[Token, int]:
    quoted = QUOTED.match(text, at)
    if quoted:
        return _quoted(quoted, at, vocabulary), quoted.end()
    end, kind, value = _longest_pattern(text, at)
    name_end, meanings = vocabulary.at(text, at)
    # a shop that calls a category "New" still has new members: names win only where they are longer,
    # or where the word would add nothing
    if meanings and (name_end > end or (name_end == end and kind is Kind.FILLER)):
        return _named(meanings, text[at:name_end], at), name_end
    if end > at:
        return Token(kind, value, text[at:end], at), end
    word = _WORD.match(text, at)
    end = word.end() if word else at + 1
    return _misspelt(text[at:end], at, vocabulary), end


def _longest_pattern(text: str, at: int) -> tuple[int, Kind, object]:
    best: tuple[int, Kind, object] = (at, Kind.UNKNOWN, None)
    for pattern, kind, value in _patterns():
        match = pattern.match(text, at)
        if match and match.end() > best[0]:
            read = value(match) if callable(value) else value
            best = (match.end(), Kind.UNKNOWN if callable(value) and read is None else kind, read)
    return best


def _quoted(match: re.Match[str], at: int, vocabulary: Vocabulary) -> Token:
    inside = match[1].strip()
    end, meanings = vocabulary.at(inside, 0)
    if meanings and end == len(inside):
        return _named(meanings, inside, at)
    return Token(Kind.UNKNOWN, None, inside, at)


def _named(meanings: list[tuple[str, Any]], text: str, at: int) -> Token:
    """The token of a name; further meanings are kept for the reader to choose from."""
    kind, value = meanings[0]
    kinds = {"field": Kind.FIELD, "name": Kind.NAME, "value": Kind.VALUE}
    if kind == "translated":
        written, known = value
        return Token(Kind.NAME, ("guessed", written, list(known)), text, at)
    if len(meanings) > 1:
        return Token(Kind.NAME, ("ambiguous", meanings), text, at)
    return Token(kinds[kind], value, text, at)


def _misspelt(word: str, at: int, vocabulary: Vocabulary) -> Token:
    written, meanings = vocabulary.alike(word)
    if not meanings:
        return Token(Kind.UNKNOWN, None, word, at)
    return Token(Kind.NAME, ("guessed", written, meanings), word, at)


def _joined(tokens: list[Token]) -> Iterator[Token]:
    """Neighbouring letters that mean nothing, as the one word they are."""
    held: Token | None = None
    for token in tokens:
        if held is not None and token.kind is Kind.UNKNOWN and token.start == held.start + len(held.text):
            held = Token(Kind.UNKNOWN, None, held.text + token.text, held.start)
            continue
        if held is not None:
            yield held
        held = token if token.kind is Kind.UNKNOWN else None
        if held is None:
            yield token
    if held is not None:
        yield held
