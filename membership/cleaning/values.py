"""Cleaning of single values: text as shops export it -> what the database stores.

Each ``clean_*`` function takes what a file holds (text, or the number, moment or boolean that a Parquet
column holds) and returns the clean value, or None where there is none. It raises ``Unclean`` with a code
when there is a value that cannot be used. All are idempotent: cleaning a clean value changes nothing.
They are called once a *distinct* value, so a million rows cost some thousands of calls.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from ipaddress import ip_address
from typing import TYPE_CHECKING

from membership.cleaning.words import (
    BOOLEANS,
    COUNTRY_ALIASES,
    CURRENCY_ALIASES,
    CURRENCY_SYMBOLS,
    LANGUAGE_ALIASES,
    MISSING_WORDS,
)

if TYPE_CHECKING:
    import phonenumbers

CATEGORY_SEPARATORS = re.compile(r"\s*(?:>|»|›|→)\s*")
_INVISIBLE = re.compile("[\ufeff\u200b\u2060]")
_CONTROL = re.compile("[\x01-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d{1,2}")
_NAMED_EMAIL = re.compile(r"[^<>]*<([^<>@]+@[^<>@]+)>")
_BETWEEN_EMAILS = re.compile(r"[;,\s]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}")


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


def clean_email(value: object) -> str | None:
    """An address in lower case whose form is valid (whether it exists is not asked)."""
    text = _email_text(value)
    return _email(text) if text else None


def clean_emails(value: object) -> str | Mended | None:
    """The first address of a cell that may hold several, or a name before it: ``Kim <kim@example.com>``."""
    text = _email_text(value)
    if (match := _NAMED_EMAIL.fullmatch(text)) is not None:
        text = match[1].strip()
    parts = [part for part in _BETWEEN_EMAILS.split(text) if part]
    if not parts:
        return None
    normal = _email(parts[0])
    return Mended(normal, "first_of_several") if len(parts) > 1 else normal


def _email_text(value: object) -> str:
    return (clean_text(value, max_length=1000) or "").removeprefix("mailto:").strip().lower()


def _email(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        address = validate_email(
            text, check_deliverability=False, test_environment=True, globally_deliverable=False
        )
    except EmailNotValidError:
        raise Unclean("not_an_email") from None
    normal = address.normalized.lower()
    if len(normal) > 254:
        raise Unclean("too_long")
    return normal


def clean_phone(value: object, *, region: str) -> str | None:
    """A number as E.164 (``+14155550123``); one without a country code is read as of ``region``."""
    import phonenumbers

    text = clean_text(value, max_length=250)
    if text is None:
        return None
    try:
        number = phonenumbers.parse(text, region or None)
        normal = _e164(number)
        # junk such as +310000000 loses a zero each time that it is read
        is_stable = _e164(phonenumbers.parse(normal, None)) == normal
    except phonenumbers.NumberParseException:
        raise Unclean("not_a_phone") from None
    if not is_stable or not phonenumbers.is_possible_number(number):
        raise Unclean("not_a_phone")
    return normal


def _e164(number: phonenumbers.PhoneNumber) -> str:
    import phonenumbers

    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country_of_phone(phone: str) -> str | None:
    """The country that an E.164 number belongs to, where the number alone says so."""
    import phonenumbers

    return phonenumbers.region_code_for_number(phonenumbers.parse(phone, None))


_countries: dict[str, str] = {}


def _country_names() -> dict[str, str]:
    """Codes and names in several languages -> ISO 3166 alpha-2."""
    if not _countries:
        import pycountry
        from babel import Locale

        found: dict[str, str] = {}
        codes = {country.alpha_2 for country in pycountry.countries}
        for language in ("en", "zh_Hans", "zh_Hant", "de", "fr", "es", "it", "nl", "pt", "ja"):
            for code, name in Locale.parse(language).territories.items():
                if code in codes:
                    found[plain(name).casefold()] = code
        for country in pycountry.countries:
            for attribute in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
                if name := getattr(country, attribute, None):
                    found[plain(name).casefold()] = country.alpha_2
        found |= COUNTRY_ALIASES
        _countries.update(found)
    return _countries


def clean_country(value: object) -> str | None:
    """ISO 3166 alpha-2 from a code or a name in a common language (``Deutschland`` -> ``DE``)."""
    text = clean_key(value, max_length=1000)
    if text is None:
        return None
    word = text.casefold()
    code = _country_names().get(word) or _country_names().get(word.replace(".", ""))
    if code is None and word not in MISSING_WORDS:
        raise Unclean("not_a_country")
    return code


def clean_currency(value: object) -> str | None:
    """ISO 4217 in upper case, from a code or an unmistakable sign (``€`` -> ``EUR``; ``$`` is refused)."""
    import pycountry

    text = clean_text(value, max_length=100)
    if text is None:
        return None
    code = CURRENCY_ALIASES.get(text.casefold(), text.upper())
    if len(code) != 3 or pycountry.currencies.get(alpha_3=code) is None:
        raise Unclean("not_a_currency")
    return code


def clean_language(value: object) -> str | None:
    """A language tag in lower case; Chinese is ``zh-hans`` or ``zh-hant``, as the site's languages are."""
    text = clean_text(value, max_length=100)
    if text is None:
        return None
    tag = text.casefold().replace("_", "-")
    tag = LANGUAGE_ALIASES.get(tag, tag)
    if not _LANGUAGE.fullmatch(tag) or len(tag) > 12:
        raise Unclean("not_a_language")
    return tag


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


def clean_ip(value: object) -> str | None:
    text = clean_text(value, max_length=100)
    if text is None:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        raise Unclean("not_an_ip") from None
    mapped = getattr(address, "ipv4_mapped", None)
    if getattr(address, "scope_id", None):
        raise Unclean("not_an_ip")
    return str(mapped or address)


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
