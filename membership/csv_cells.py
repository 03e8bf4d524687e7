"""Cells of CSV files that no spreadsheet runs as a formula (CWE-1236), and the way back.

Every CSV file that leaves the shop writes its cells with ``safe_cell``; a rejects file that is imported again
is read with ``plain_cell``.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from django.utils import timezone

_BEGINS_A_FORMULA = frozenset("=+-@\N{MINUS SIGN}")
_BREAKS_A_CELL = ("\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def safe_cell(value: object) -> str:
    """The text of a cell; an apostrophe leads what a spreadsheet would take for a formula.

    Numbers and phone numbers (``-5.00``, ``+14155550101``) stay as they are: mail merges need them so.
    """
    text = _text(value)
    return f"'{text}" if _is_formula(text) else text


def plain_cell(cell: str) -> str:
    """What ``safe_cell`` was given: ``plain_cell(safe_cell(text)) == text`` for any text."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return str(value)


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet may run ``text``, also behind blanks, invisible marks or apostrophes.

    Wide forms (＝ ＋ － ＠) count: spreadsheets with an East Asian keyboard take them. Apostrophes that were
    there before are passed over so that there is one way back.
    """
    text = text.lstrip("'")
    if text.startswith(_BREAKS_A_CELL):
        return True
    begins = next((n for n, letter in enumerate(text) if not _is_invisible(letter)), len(text))
    first = unicodedata.normalize("NFKC", text[begins : begins + 1])
    return first[:1] in _BEGINS_A_FORMULA and first != "" and not _NUMBER.fullmatch(text.strip())


def _is_invisible(letter: str) -> bool:
    """Blanks of any kind, and control and format characters (a byte order mark, a zero-width joiner)."""
    return letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf")
