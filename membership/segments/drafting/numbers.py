"""Numbers as people write them: "1,000", "twenty-five", "两千五百", "1.5万"."""

from __future__ import annotations

import re
from decimal import Decimal

from membership.segments.drafting.tokens import Number

_ONES = {
    "zero": 0, "one": 1, "a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "dozen": 12,
}  # fmt: skip
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_WORD = "|".join(sorted((word for word in _ONES if word not in ("a", "an")), key=len, reverse=True))
_SCALE = "|".join(_LARGE)
ENGLISH = (
    rf"(?:\d[\d,]*(?:\.\d+)?(?:\s*(?:{_SCALE}|k)\b)?|"
    rf"(?:an?\s+(?:{_SCALE}|dozen)|(?:{_WORD}))(?:(?:[\s-]+|\s+and\s+)(?:{_WORD}|{_SCALE}))*)"
)
"""A pattern of one number; "one" alone is one, "a" only before a scale."""

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "〇": 0}
_TENS = {"十": 10, "百": 100, "千": 1_000}
CHINESE = r"(?:\d[\d,]*(?:\.\d+)?\s*[十百千万亿]?|[零〇一二两俩三四五六七八九十百千万亿]+)"


def read_english(text: str) -> Number:
    """ "two hundred and fifty" → 250. ``text`` matches ENGLISH."""
    text = text.replace(",", "").replace("-", " ").lower()
    digits = re.fullmatch(rf"(\d+(?:\.\d+)?)\s*({_SCALE}|k)?", text)
    if digits:
        scale = {"k": 1_000, **_LARGE}.get(digits[2] or "", 1)
        return _plain(Decimal(digits[1]) * scale)
    total = current = 0
    for word in text.split():
        if word in _LARGE:
            current = max(current, 1) * _LARGE[word]
            if _LARGE[word] >= 1_000:
                total, current = total + current, 0
        elif word == "dozen":
            current = max(current, 1) * 12
        elif word != "and":
            current += _ONES[word]
    return total + current


def read_chinese(text: str) -> Number:
    """ "两千五百" → 2500, "1.5万" → 15000. ``text`` matches CHINESE."""
    text = text.replace(",", "").replace(" ", "")
    digits = re.fullmatch(r"(\d+(?:\.\d+)?)([十百千万亿]?)", text)
    if digits:
        scale = {"": 1, **_TENS, "万": 10_000, "亿": 100_000_000}[digits[2]]
        return _plain(Decimal(digits[1]) * scale)
    for large, scale in (("亿", 100_000_000), ("万", 10_000)):
        head, separator, tail = text.partition(large)
        if separator:
            return (read_chinese(head) if head else 1) * scale + (_rest(tail, scale) if tail else 0)
    return _below_ten_thousand(text)


def _below_ten_thousand(text: str) -> int:
    total = current = last = 0
    for letter in text:
        if letter in _TENS:
            total += (current or 1) * _TENS[letter]
            current, last = 0, _TENS[letter]
        else:
            current = current * 10 + _DIGITS[letter] if text.isalpha() and not last else _DIGITS[letter]
    if current and last >= 100 and "零" not in text and text[-2:-1] in _TENS:
        return total + current * last // 10  # 一百五 is 150
    return total + current


def _rest(text: str, scale: int) -> Number:
    return read_chinese(text) * scale // 10 if len(text) == 1 and text in _DIGITS else read_chinese(text)


def _plain(number: Decimal) -> Number:
    return int(number) if number == number.to_integral_value() else number.normalize()
