"""Distinct values of a column cleaned all at once, as far as their shape alone tells what comes of them.

``at_once`` gives the column form of a cleaning function. It returns which of the texts it covers and what
each of them comes to; the others (odd spellings, unusable values) go through the function itself, one by
one. For what is covered both give the same, which tests/membership/cleaning/test_columns.py compares.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from membership.cleaning.contacts import clean_emails
from membership.cleaning.moment_columns import moments_at_once, spread
from membership.cleaning.numbers import clean_amount
from membership.cleaning.text import Mended, Unclean, clean_key, clean_text
from membership.cleaning.times import clean_moment
from membership.cleaning.words import MISSING_WORDS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Flags = npt.NDArray[np.bool_]
    Ints = npt.NDArray[np.int64]

AtOnce = Callable[["pa.Array"], tuple["Flags", list[object]]]
"""Distinct values -> (which are covered, their clean values; None where not covered)."""

NUMBER = r"^(?:[0-9A-Za-z#][0-9A-Za-z#_/\-]*|[A-Za-z#][!-~]*)$"
"""A number that names something, without anything to take off: no blanks, quotes, points after digits."""
_LETTER = r"\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{FF}\x{4E00}-\x{9FFF}"
_MARKS = rf"[!-~{_LETTER}]"
TEXT = rf"^[0-9A-Za-z({_LETTER}]{_MARKS}*(?: {_MARKS}+)*$"
"""Single-spaced text of characters that Unicode's compatible form leaves as they are."""
EMAIL = r"^[A-Za-z0-9](?:[A-Za-z0-9]|[._+\-][A-Za-z0-9]){0,62}@[A-Za-z0-9.\-]{1,150}$"
WHOLE_DIGITS = 9
LONGEST_WORD = max(map(len, MISSING_WORDS))


def at_once(clean: Callable[[object], object], *, is_key: bool = False) -> AtOnce | None:
    """The column form of ``clean``, a function of membership.cleaning with its options bound; None where
    there is none. ``is_key``: the texts are read as numbers that name something (``conventions.key_cell``).
    """
    function = clean.func if isinstance(clean, partial) else clean
    options = clean.keywords if isinstance(clean, partial) else {}
    form = keys_at_once if is_key and function is clean_text else _FORMS.get(function)
    return None if form is None else partial(form, **options)


def keys_at_once(texts: pa.Array, *, max_length: int) -> tuple[Flags, list[object]]:
    import pyarrow as pa

    if pa.types.is_integer(texts.type):
        texts = texts.cast(pa.string())
    return _unchanged(texts, pattern=NUMBER, max_length=max_length)


def texts_at_once(texts: pa.Array, *, max_length: int) -> tuple[Flags, list[object]]:
    return _unchanged(texts, pattern=TEXT, max_length=max_length)


def _unchanged(texts: pa.Array, *, pattern: str, max_length: int) -> tuple[Flags, list[object]]:
    """Texts of this shape stay as they are, unless they are too long or a word for "nothing"."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(texts.type):
        return _none_of(texts)
    covered = _flags(pc.match_substring_regex(texts, pattern))
    lengths = _ints(pc.utf8_length(texts))
    covered &= lengths <= max_length
    values = _values(texts)
    for at in np.flatnonzero(covered & (lengths <= LONGEST_WORD)).tolist():
        covered[at] = str(values[at]).casefold() not in MISSING_WORDS
    return covered, values


def emails_at_once(texts: pa.Array) -> tuple[Flags, list[object]]:
    """Plain addresses in small letters; a domain is checked once."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(texts.type):
        return _none_of(texts)
    covered = _flags(pc.match_substring_regex(texts, EMAIL))
    values = _values(pc.utf8_lower(texts))
    for at in np.flatnonzero(covered).tolist():
        covered[at] = _is_domain(str(values[at]).partition("@")[2])
    return covered, values


@lru_cache(maxsize=10_000)
def _is_domain(domain: str) -> bool:
    """Whether an address of this domain is taken as it stands."""
    address = f"a@{domain}"
    try:
        clean = clean_emails(address)
    except Unclean:
        return False
    return not isinstance(clean, Mended) and clean == address


def amounts_at_once(
    texts: pa.Array, *, decimals: int, maximum: int, rounding: bool = False, absolute: bool = False
) -> tuple[Flags, list[object]]:
    """Digits with at most ``decimals`` behind a point: exact, as whole numbers of 10^-``decimals``."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(texts.type) or maximum < 10 ** (WHOLE_DIGITS + decimals):
        return _none_of(texts)
    pattern = rf"^[0-9]{{1,{WHOLE_DIGITS}}}(?:\.[0-9]{{1,{decimals}}})?$"
    covered = _flags(pc.match_substring_regex(texts, pattern))
    wanted = texts.filter(pa.array(covered))
    exact = wanted.cast(pa.decimal128(18, decimals))  # 18 digits: the low half of its 128 bits holds them all
    whole = np.frombuffer(exact.buffers()[1], dtype=np.int64)[2 * exact.offset :: 2][: len(exact)]
    return covered, spread(whole.tolist(), covered)


def _none_of(values: pa.Array) -> tuple[Flags, list[object]]:
    import numpy as np

    return np.zeros(len(values), dtype=bool), [None] * len(values)


def _flags(values: pa.Array) -> Flags:
    """Writable, and False for null."""
    import numpy as np

    return np.array(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


def _ints(values: pa.Array) -> Ints:
    import numpy as np

    return np.asarray(values.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)


def _values(values: pa.Array) -> list[object]:
    texts: list[object] = values.to_numpy(zero_copy_only=False).tolist()  # far faster than to_pylist
    return texts


_FORMS: dict[object, Callable[..., tuple[Flags, list[object]]]] = {
    clean_key: keys_at_once,
    clean_text: texts_at_once,
    clean_emails: emails_at_once,
    clean_amount: amounts_at_once,
    clean_moment: moments_at_once,
}
