"""E-mail addresses, phone numbers and birth dates: how much two of them are alike."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from membership.cleaning.contacts import same_mailbox

_PROVIDERS = (
    "gmail.com googlemail.com yahoo.com hotmail.com outlook.com live.com msn.com aol.com icloud.com "
    "me.com mac.com gmx.de gmx.net web.de t-online.de orange.fr free.fr wanadoo.fr libero.it yahoo.co.uk "
    "btinternet.com yahoo.co.jp docomo.ne.jp naver.com daum.net hanmail.net qq.com foxmail.com 163.com "
    "126.com 139.com 189.cn sina.com sina.cn sohu.com yeah.net aliyun.com proton.me protonmail.com "
    "mail.com mail.ru yandex.ru uol.com.br bol.com.br terra.com.br hotmail.co.uk hotmail.fr ymail.com "
    "comcast.net "
)
PROVIDERS = frozenset(_PROVIDERS.split())
"""Domains of many people: one of them is no misspelling of another."""
_ROLES = (
    "info sales office contact admin mail hello shop store support service kontakt buchhaltung orders order "
)
ROLES = frozenset(_ROLES.split())
_NOT_WORD = re.compile(r"[^a-z0-9]")
DIGITS = "0123456789"
SAME_DIGITS = 9
"""So many last digits are a number without its country code and its leading zero."""
SHORTEST_LOCAL = 5


class Email(NamedTuple):
    """``mailbox``: one spelling for all addresses that reach it. ``word``: the local part without dots;
    ``stem``: without digits at its ends, too."""

    mailbox: str
    local: str
    domain: str
    word: str
    stem: str


@lru_cache(maxsize=1_000)
def _is_role(word: str) -> bool:
    return word in ROLES


def parse_email(address: str) -> Email:
    """A stored address (lower case) taken apart."""
    mailbox = same_mailbox(address)
    local, _at, domain = mailbox.rpartition("@")
    word = _NOT_WORD.sub("", local)
    return Email(mailbox, local, domain, word, word.strip(DIGITS))


def compare_emails(a: Email, b: Email) -> str:
    """A level of ``three_classes.EMAILS``."""
    if a.mailbox == b.mailbox:
        return "same_mailbox"
    if a.word == b.word and a.domain == b.domain:
        return "email_typo"  # only Gmail ignores dots
    if a.word == b.word and len(a.word) >= SHORTEST_LOCAL and not _is_role(a.word):
        return "domain_typo" if _is_typo_of_domain(a.domain, b.domain) else "same_local"
    if a.domain == b.domain or _is_typo_of_domain(a.domain, b.domain):
        return _local_parts(a, b)
    return "other_email"


def _local_parts(a: Email, b: Email) -> str:
    """Two local parts at one domain."""
    shortest = min(len(a.word), len(b.word))
    if shortest < SHORTEST_LOCAL or abs(len(a.word) - len(b.word)) > 1:
        return "other_email"
    most = 2 if shortest >= 12 else 1
    if OSA.distance(a.word, b.word, score_cutoff=most) > most:
        return "other_email"
    if a.stem and a.stem == b.stem and a.word != b.word:
        return "email_number"  # anna84 and anna85 are two people
    return "email_typo"


@lru_cache(maxsize=50_000)
def _is_typo_of_domain(a: str, b: str) -> bool:
    if a == b:
        return True
    if a in PROVIDERS and b in PROVIDERS:
        return False
    name_a, _dot, end_a = a.partition(".")
    name_b, _dot, end_b = b.partition(".")
    if name_a == name_b:
        return OSA.distance(end_a, end_b, score_cutoff=1) <= 1
    return min(len(name_a), len(name_b)) >= 4 and OSA.distance(a, b, score_cutoff=2) <= (
        2 if a in PROVIDERS or b in PROVIDERS else 1
    )


def last_digits(phone: str) -> str:
    """The end of an E.164 number, which it has with or without its country code."""
    return phone.lstrip("+")[-SAME_DIGITS:]


def compare_phones(a: str, b: str) -> str:
    """``same_phone`` but for the country code; ``near_phone``: one digit off, or two exchanged."""
    if last_digits(a) == last_digits(b):
        return "same_phone"
    if abs(len(a) - len(b)) <= 1 and OSA.distance(a, b, score_cutoff=1) <= 1:
        return "near_phone"
    return "other_phone"


def compare_birth_dates(a: int, b: int) -> str:
    """Dates as ``yyyymmdd``: ``same_birth_date``, ``near_birth_date`` (one digit off, or day and month
    exchanged), ``other_birth_date``."""
    if a == b:
        return "same_birth_date"
    year_a, month_a, day_a = a // 10_000, a // 100 % 100, a % 100
    if year_a == b // 10_000 and month_a == b % 100 and day_a == b // 100 % 100:
        return "near_birth_date"
    if OSA.distance(str(a), str(b), score_cutoff=1) <= 1:
        return "near_birth_date"
    return "other_birth_date"
