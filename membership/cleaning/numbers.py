"""Exact numbers: amounts, shares and whole numbers."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from membership.cleaning.text import Mended, Unclean, clean_text, plain
from membership.cleaning.words import CURRENCY_SYMBOLS

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d{1,2}")


def clean_decimal(value: object) -> Decimal | None:
    """An exact number. ``1,234.50`` and ``12,5`` are read; a float counts as its shortest decimal form."""
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, bool):
        raise Unclean("not_a_number")
    text = clean_text(
        value if not isinstance(value, float) or math.isnan(value) else repr(value), max_length=100
    )
    if text is None:
        return None
    text = text.strip(CURRENCY_SYMBOLS).strip().replace("\u2212", "-")
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        raise Unclean("not_a_number")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Unclean("not_a_number") from None


def clean_amount(
    value: object, *, decimals: int, maximum: int, rounding: bool = False, absolute: bool = False
) -> int | None:
    """An amount, never negative, as a whole number of 10^-``decimals``; at most ``maximum`` of those.

    Exact: more decimals than that are refused (``too_precise``), unless the number came as a binary float, or
    ``rounding`` allows it. ``absolute`` drops the sign, for discounts and refunds, which exports write
    either way.
    """
    number = clean_decimal(value)
    if number is None:
        return None
    if absolute:
        number = abs(number)
    if number < 0:
        raise Unclean("negative")
    scaled = number.scaleb(decimals)
    if scaled > maximum:
        raise Unclean("too_large")
    whole = int(scaled.to_integral_value(ROUND_HALF_EVEN))
    if whole != scaled and not rounding and not isinstance(value, float):
        raise Unclean("too_precise")
    return whole


def clean_share(value: object, *, least: float) -> float | None:
    """A part of a whole, ``least`` to 1: ``0.4``, or ``40%``."""
    text = plain(value) if isinstance(value, str) else value
    is_percent = isinstance(text, str) and text.endswith("%")
    number = clean_decimal(text[:-1] if is_percent and isinstance(text, str) else text)
    if number is None:
        return None
    share = float(number) / (100.0 if is_percent else 1.0)
    if not least <= share <= 1.0:
        raise Unclean("not_a_share")
    return share


def clean_whole(value: object, *, minimum: int, maximum: int) -> int | None:
    """A whole number; ``2.0`` is 2, ``2.5`` is refused."""
    if type(value) is int:
        number: Decimal | int | None = value
    elif isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 18:
        number = int(value)
    else:
        number = clean_decimal(value)
    if number is None:
        return None
    if number < minimum:
        raise Unclean("negative" if number < 0 else "too_small")
    if number > maximum:
        raise Unclean("too_large")
    if number != int(number):
        raise Unclean("not_whole")
    return int(number)


def clean_quantity(value: object, *, maximum: int) -> int | Mended | None:
    """Units; negative ones are a return. Of 0.350 kg, 350 thousandths, which ``quantity_fraction`` says."""
    try:
        return clean_whole(value, minimum=-maximum, maximum=maximum)
    except Unclean as error:
        number = clean_decimal(value) if error.code == "not_whole" else None
        if number is None or abs(number) * 1000 > maximum:
            raise
    thousandths = number * 1000
    if thousandths != int(thousandths):
        raise Unclean("not_whole")
    return Mended(int(thousandths), "quantity_fraction")


def clean_stock(value: object) -> int | Mended | None:
    """Units in stock: what is sold out and more is 0, and of 12.5 metres 12 are whole."""
    number = clean_decimal(value)
    if number is None:
        return None
    if number > 2**31 - 1:
        raise Unclean("too_large")
    if number < 0:
        return Mended(0, "stock_negative")
    return int(number) if number == int(number) else Mended(int(number), "stock_fraction")
