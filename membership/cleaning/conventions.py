"""How a file writes its cells: guards of spreadsheets, decimal marks, the order of day and month.

``cell`` takes off what a spreadsheet or an exporter put around a value. ``plain_number`` and ``iso_moment``
bring
numbers and moments into the one form that ``membership.cleaning.values`` reads. Which convention a column
follows
is told from all its values (``Signs``), because one value such as 03/04/2026 does not say it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from membership.cleaning.values import Unclean
from membership.cleaning.words import CURRENCY_WORDS, MONTHS, ZONE_NAMES

_QUOTED_FORMULA = re.compile(r'=\s*"([^"]*)"')
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_FLOAT_KEY = re.compile(r"(\d{3,})\.0+")
_GUARDED = re.compile(r"'(?=[=+\-@\d＝＋－＠\t])")
_BLANKS = re.compile(r"[\s\u00a0\u202f\u2009]+")
_COMMA_DECIMALS = re.compile(r"[^\d]*\d{1,3}(?:[.'\s\u00a0\u202f]?\d{3})*,(?:\d{1,2}|\d{4,})[^\d]*")
_POINT_DECIMALS = re.compile(r"[^\d]*\d{1,3}(?:[,'\s\u00a0\u202f]?\d{3})*\.(?:\d{1,2}|\d{4,})[^\d]*")
_POINT = re.compile(r"\d+\.\d+")
_DAY = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?=$|[\sT,])")
_NAMED_DAY = re.compile(
    r"(?:[^\W\d_]{2,9}\.?,?\s+)?(?:(\d{1,2})(?:st|nd|rd|th|\.)?[\s/-]+(?:de\s+)?([^\W\d_]{3,10})\.?"
    r"|([^\W\d_]{3,10})\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?),?[\s/-]+(?:de\s+)?(\d{4}|\d{2})(?=$|[\s,])"
)
_CHINESE_DAY = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号일]?")
_CLOCK = re.compile(
    r"(?:[\sT,]|at|um|à|Uhr)*(\d{1,2})[:.时時点點h]\s?(\d{2})(?:[:.分]\s?(\d{2})(?:[.,](\d+))?)?[分秒]?\s*([AaPp]\.?[Mm]\.?)?(.*)"
)
_OCLOCK = re.compile(r"\s*(?:Uhr|hs?\.?|hrs\.?)$")  # Mercado Libre writes "23:58 hs."
_HALF_DAY = re.compile("上午|下午|晚上|午前|午後|오전|오후")
_OFFSET = re.compile(r"\s*(?:Z|UTC|GMT)?\s*([+-]\d{2}):?(\d{2})?(?:\s*\(.*\))?", re.IGNORECASE)
_ZONES = {
    "PST": "-08:00", "PDT": "-07:00", "MST": "-07:00", "MDT": "-06:00", "CST": "-06:00", "CDT": "-05:00",
    "EST": "-05:00", "EDT": "-04:00", "CET": "+01:00", "CEST": "+02:00", "BST": "+01:00",
}  # fmt: skip
_ZONE_NAME = re.compile(
    r"(.*\d(?:\s?[AaPp]\.?[Mm]\.?)?)\s+"
    r"([A-Z][a-z]+(?:/\w+)+|[A-Z][A-Za-z. ]+(?:\((?:US & Canada|Canada|[A-Z]+)\))?)"
)
EXCEL_DAYS = (10_000, 80_000)  # 1927 to 2119
SECONDS = (10**9, 10**10)  # 2001 to 2286
PIVOT = 70  # a year of two digits: 70 is 1970, 69 is 2069


def cell(text: str) -> str:
    """The value that a cell means: ``="007"`` is 007, ``'+49 170`` is +49 170, a quote mark alone is
    nothing.
    """
    text = text.strip()
    if text.startswith("=") and (match := _QUOTED_FORMULA.fullmatch(text)):
        return match[1].strip()
    if text.startswith("'"):
        if _GUARDED.match(text):
            return text[1:]
        if text in ("'", "''") or text[1:].casefold() in ("null", "none", "nan"):
            return ""
    return text


def key_cell(text: str) -> str:
    """A number that names something. ``13085.0`` is 13085; 8.1E+12 has lost its digits and is refused."""
    if text.isascii() and text.isalnum():  # nearly all
        return text
    text = cell(text)
    if text[:1].isdigit():
        if match := _FLOAT_KEY.fullmatch(text):
            return match[1]
        if _SCIENTIFIC.fullmatch(text):
            raise Unclean("scientific")
    return text


@dataclass
class Signs:
    """What the values of a file's columns say about its conventions."""

    comma: int = 0  # amounts that can only have a decimal comma
    point: int = 0
    day_first: int = 0  # days that can only be day.month.year
    month_first: int = 0
    unclear_days: int = 0

    def see_numbers(self, values: Iterable[str]) -> None:
        for value in values:
            if _COMMA_DECIMALS.fullmatch(value):
                self.comma += 1
            elif _POINT_DECIMALS.fullmatch(value):
                self.point += 1

    def see_days(self, values: Iterable[str]) -> None:
        for value in values:
            match = _DAY.match(cell(value))
            if match is None or len(match[1]) > 2:
                continue
            first, second = int(match[1]), int(match[3])
            if match[2] == "." or first > 12:
                self.day_first += 1
            elif second > 12:
                self.month_first += 1
            elif first != second:
                self.unclear_days += 1

    @property
    def decimal_comma(self) -> bool:
        return self.comma > self.point

    @property
    def date_order(self) -> str:
        """``dmy``, ``mdy``, or "" where no value tells."""
        if self.day_first == self.month_first:
            return ""
        return "dmy" if self.day_first > self.month_first else "mdy"


def plain_number(text: str, *, decimal_comma: bool) -> str:
    """``1.234,56 €`` as ``1234.56``; what is no number stays as it is, for the cleaning to refuse."""
    if text.isascii() and (text.isdigit() or _POINT.fullmatch(text)):  # nearly all
        return text if not decimal_comma or text.isdigit() else _one_mark(text, decimal_comma=True)
    text = cell(text)
    number = _BLANKS.sub("", text).strip("'")
    if number.isascii() and number.isdigit():
        return number
    sign = ""
    if number.startswith("(") and number.endswith(")"):  # accountants' way to write -5
        number, sign = number[1:-1], "-"
    for word in CURRENCY_WORDS:
        if number[: len(word)].casefold() == word or number[-len(word) :].casefold() == word:
            number = number[len(word) :] if number[: len(word)].casefold() == word else number[: -len(word)]
            break
    number = number.replace("\u2212", "-").replace("'", "").replace("\u2019", "")
    if number.endswith("-"):
        number, sign = number[:-1], "-"
    if number.startswith(("-", "+")):
        sign, number = ("-" if "-" in (number[0], sign) else ""), number[1:]
        for word in CURRENCY_WORDS:
            if number[: len(word)].casefold() == word:
                number = number[len(word) :]
                break
    number = _one_mark(number, decimal_comma=decimal_comma)
    return sign + number if number[:1].isdigit() or number[:1] == "." else text


def _one_mark(number: str, *, decimal_comma: bool) -> str:
    """Digits with at most a decimal point."""
    commas, points = number.count(","), number.count(".")
    if commas and points:
        thousands = "," if number.rfind(".") > number.rfind(",") else "."
        return number.replace(thousands, "").replace(",", ".")
    if commas:
        if commas > 1 or (not decimal_comma and re.fullmatch(r"\d{1,3},\d{3}", number)):
            return number.replace(",", "")
        return number.replace(",", ".")
    if points > 1 or (points and decimal_comma and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", number)):
        return number.replace(".", "")
    return number


def iso_moment(text: str, *, order: str) -> str:
    """A day or moment in ISO 8601; what is none stays as it is. ``order`` is "" where it is not known."""
    if text[-1:] == ")" or text[-1:].islower():
        match = _ZONE_NAME.fullmatch(text)
        if match and (zoned := _in_zone(match[1], match[2], order=order)):
            return zoned
    return _iso(text, order=order)


def _iso(text: str, *, order: str) -> str:
    if text[4:5] == "-" == text[7:8] and text[:4].isdigit() and text[:4] != "0000":
        return text
    text = cell(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)  # full-width digits
    if not text or (text[:4].isdigit() and text[4:5] == "-" and text[7:8] == "-"):
        return "" if text.startswith("0000-00-00") else text
    if text.isdigit() or _is_epoch(text):
        return _of_number(text)
    if match := _CHINESE_DAY.match(text):
        year, month, day = match[1], match[2], match[3]
    elif match := _DAY.match(text):
        parts = _in_order(
            match[1], match[3], match[4], order="dmy" if match[2] == "." and order != "mdy" else order
        )
        if parts is None:
            return text
        year, month, day = parts
    elif (match := _NAMED_DAY.match(text)) and (number := MONTHS.get((match[2] or match[3]).casefold())):
        year, month, day = match[5], str(number), match[1] or match[4]
    else:
        return text
    if not int(day) or not int(month):
        return ""
    clock = _clock(text[match.end() :])
    return text if clock is None else f"{_year(year):04d}-{int(month):02d}-{int(day):02d}{clock}"


def _in_zone(text: str, name: str, *, order: str) -> str:
    """A moment by the clock of a named zone, with its offset; "" where there is no such zone or moment."""
    try:
        zone = ZoneInfo(ZONE_NAMES.get(name.casefold(), name))
        moment = datetime.fromisoformat(iso_moment(text, order=order))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return ""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def _in_order(first: str, second: str, third: str, *, order: str) -> tuple[str, str, str] | None:
    """(year, month, day)."""
    if len(first) > 2 or order == "ymd":
        return first, second, third
    if int(first) > 12:
        order = "dmy"
    elif int(second) > 12:
        order = "mdy"
    if not order and first != second:
        return None
    return (third, second, first) if order != "mdy" else (third, first, second)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= PIVOT else 2000)


def _clock(text: str) -> str | None:
    """`` 8:05 PM +0200`` as ``T20:05:00+02:00``; "" without a clock, None for what is none."""
    if not text.strip():
        return ""
    half_day = _HALF_DAY.search(text)
    match = _CLOCK.fullmatch(_HALF_DAY.sub(" ", text))
    if match is None:
        return None
    hour, minute, second = int(match[1]), match[2], match[3] or "00"
    half = (match[5] or "").replace(".", "").lower()
    if half_day:
        half = "pm" if half_day[0] in ("下午", "晚上", "午後", "오후") else "am"
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    fraction = f".{match[4][:6]}" if match[4] else ""
    tail = _OCLOCK.sub("", match[6].strip()).strip()
    if not tail or tail == "Z" or tail.upper() in ("UTC", "GMT"):
        offset = "+00:00" if tail else ""
    elif tail.upper() in _ZONES:
        offset = _ZONES[tail.upper()]
    elif zone := _OFFSET.fullmatch(tail):
        offset = f"{zone[1]}:{zone[2] or '00'}"
    else:
        return None
    return f"T{hour:02d}:{minute}:{second}{fraction}{offset}"


def _is_epoch(text: str) -> bool:
    whole, _point, part = text.partition(".")
    return whole.isdigit() and part.isdigit() and (len(whole) >= 9 or len(whole) == 5)


def _of_number(text: str) -> str:
    """Unix seconds and milliseconds; the days of Excel's calendar; 20260302 stays what it is."""
    number = float(text)
    if EXCEL_DAYS[0] <= number < EXCEL_DAYS[1]:
        moment = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(seconds=round(number * 86_400))
        return moment.strftime("%Y-%m-%dT%H:%M:%S" if "." in text else "%Y-%m-%d")
    if len(text) == 8 and text.isdigit():
        return text
    if len(text) == 14 and text.isdigit() and text.startswith(("19", "20")):
        return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:]}"
    for scale in (1, 1_000, 1_000_000):
        if SECONDS[0] * 0.3 <= number / scale < SECONDS[1] and len(text.partition(".")[0]) >= 9:
            return datetime.fromtimestamp(number / scale, tz=UTC).isoformat()
    return text
