"""Contacts that identify nobody: placeholders, and those that several people of a file give."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from importing.files.facts import plain_contact

Shared = frozenset[tuple[str, str]]

_NO_LOCAL = frozenset(
    [
        "noemail",
        "no-email",
        "no_email",
        "nomail",
        "no-mail",
        "none",
        "null",
        "unknown",
        "noreply",
        "no-reply",
        "donotreply",
        "na",
        "n/a",
        "noone",
        "nobody",
        "fake",
        "dummy",
        "placeholder",
        "anonymous",
    ]
)
_NO_DOMAIN = frozenset(
    [
        "test.com",
        "noemail.com",
        "nomail.com",
        "none.com",
        "no-email.com",
        "invalid.com",
        "fake.com",
        "placeholder.com",
        "na.com",
        "no.com",
        "mail.invalid",
        "email.invalid",
        "noemail.invalid",
        "example.invalid",
    ]
)
_SEQUENCES = ("0123456789", "1234567890", "9876543210", "0987654321")
_EXTENSION = re.compile(r"(?:ext|extn|extension|x|durchwahl|poste|int|转|#)\.?\s*\d{1,6}\s*$", re.IGNORECASE)
_CJK = re.compile(r"[\u3400-\u9fff\uac00-\ud7af\u3040-\u30ff]")


@lru_cache(maxsize=20_000)
def is_nobodys(name: str, contact: str) -> bool:
    """Whether a contact (``email`` or ``phone``) only fills its column. Kept, since contacts repeat."""
    if name == "email":
        local, _at, domain = contact.rpartition("@")
        return local in _NO_LOCAL or domain in _NO_DOMAIN or domain.endswith(".invalid")
    digits = re.sub(r"\D", "", contact)
    return len(set(digits)) < 2 or digits in _SEQUENCES or len(set(digits[-9:])) == 1


def refusal(name: str, contact: str, *, shared: Shared) -> str:
    """Why a contact identifies nobody; "" if it does."""
    if is_nobodys(name, contact):
        return "placeholder_contact"
    return "shared_contact" if (name, plain_contact(name, contact)) in shared else ""


def has_extension(phone: str) -> bool:
    return _EXTENSION.search(phone) is not None


def full_name(first: str | None, last: str | None) -> str | None:
    """First and last name as one; in Chinese, Japanese and Korean the family name comes first.

    No blank stands between them there.
    """
    first, last = first or "", last or ""
    if _CJK.search(first) and _CJK.search(last):
        in_order = len(first) == 1 < len(last)  # a family name of one character in the wrong column
        return (first + last if in_order else last + first)[:120]
    return f"{first} {last}".strip()[:120] or None


def made_number(*parts: object) -> str:
    """A member number for a row that has none: the same row gives the same one."""
    text = "|".join(str(part) for part in parts if part)
    return f"anon-{hashlib.sha256(text.encode()).hexdigest()[:12]}" if text else ""
