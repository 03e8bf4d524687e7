"""How and where a member is reached: e-mail, phone, country, language, IP address; and currencies."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from membership.cleaning.text import Mended, Unclean, clean_key, clean_text, plain
from membership.cleaning.words import COUNTRY_ALIASES, CURRENCY_ALIASES, LANGUAGE_ALIASES, MISSING_WORDS

if TYPE_CHECKING:
    import phonenumbers

_NAMED_EMAIL = re.compile(r"[^<>]*<([^<>@]+@[^<>@]+)>")
_BLANKS_IN_EMAIL = re.compile(r"\s*([@.])\s*")
_BETWEEN_EMAILS = re.compile(r"[;,\s]+")
GMAIL = ("gmail.com", "googlemail.com")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}")


def clean_email(value: object) -> str | None:
    """An address in lower case whose form is valid (whether it exists is not asked)."""
    text = _email_text(value)
    return _email(text) if text else None


def clean_emails(value: object) -> str | Mended | None:
    """The first address of a cell that may hold several, or a name before it: ``Kim <kim@example.com>``."""
    text = _email_text(value)
    if (match := _NAMED_EMAIL.fullmatch(text)) is not None:
        text = match[1].strip()
    text = _BLANKS_IN_EMAIL.sub(r"\1", text)
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


def same_mailbox(email: str) -> str:
    """One spelling for all addresses of a mailbox: Gmail ignores dots, a plus sign begins a label."""
    local, _at, domain = email.rpartition("@")
    local = local.partition("+")[0]
    if domain in GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def clean_phone(value: object, *, region: str) -> str | None:
    """A number as E.164 (``+14155550123``); one without a country code is read as of ``region``."""
    import phonenumbers

    text = clean_text(value, max_length=250)
    if text is None:
        return None
    try:
        number = phonenumbers.parse(text, region or None)
        if (other := _without_plus(text)) is not None and (
            not phonenumbers.is_valid_number(number)
            or (other.country_code == number.country_code and len(text.strip()) > 11)
        ):
            number = other
        normal = _e164(number)
        # junk such as +310000000 loses a zero each time that it is read
        is_stable = _e164(phonenumbers.parse(normal, None)) == normal
    except phonenumbers.NumberParseException:
        raise Unclean("not_a_phone") from None
    if not is_stable or not phonenumbers.is_possible_number(number):
        raise Unclean("not_a_phone")
    return normal


def _without_plus(text: str) -> phonenumbers.PhoneNumber | None:
    """``4915112345678`` as a number with its country code, where that is a valid one."""
    import phonenumbers

    digits = text.strip()
    if not digits.isdecimal() or not 10 < len(digits) < 16 or digits.startswith("0"):
        return None
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


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

        names: dict[str, str] = {}
        codes = {country.alpha_2 for country in pycountry.countries}
        for language in ("en", "zh_Hans", "zh_Hant", "de", "fr", "es", "it", "nl", "pt", "ja"):
            for code, name in Locale.parse(language).territories.items():
                if code in codes:
                    names[plain(name).casefold()] = code
        for country in pycountry.countries:
            for attribute in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
                if name := getattr(country, attribute, None):
                    names[plain(name).casefold()] = country.alpha_2
        names |= COUNTRY_ALIASES
        _countries.update(names)
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
