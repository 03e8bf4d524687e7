"""Randomly generated people: names of six countries, households, contacts, and what their orders use.

Names come from Faker's lists with the shares that it knows (elsewhere by Zipf's law), so that some are very
common: among 20,000 there are dozens of 王伟. Chinese given names have one or two characters. People live in
households of one to five with one address; families have one family name, Chinese wives keep theirs.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from membership.cleaning.contacts import same_mailbox

LOCALES = {"zh_CN": 0.4, "en_US": 0.25, "de_DE": 0.1, "pt_BR": 0.1, "es_ES": 0.08, "fr_FR": 0.07}
DIALLING = {"zh_CN": "86", "en_US": "1", "de_DE": "49", "pt_BR": "55", "es_ES": "34", "fr_FR": "33"}
DOMAINS = {
    "zh_CN": ("qq.com", "163.com", "126.com", "sina.com", "gmail.com", "foxmail.com"),
    "en_US": ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com"),
    "de_DE": ("gmail.com", "web.de", "gmx.de", "t-online.de", "outlook.com", "freenet.de"),
    "pt_BR": ("gmail.com", "hotmail.com", "uol.com.br", "bol.com.br", "outlook.com", "terra.com.br"),
    "es_ES": ("gmail.com", "hotmail.com", "yahoo.es", "outlook.com", "telefonica.net", "icloud.com"),
    "fr_FR": ("gmail.com", "orange.fr", "free.fr", "hotmail.fr", "laposte.net", "wanadoo.fr"),
}
_WORDS = "sun moon river tiger coffee pixel lucky happy blue green night star rain snow maple fox cat panda"
WORDS = _WORDS.split()
HOUSEHOLD_SIZES = (1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5)


@dataclass(frozen=True)
class Made:
    """One member as a shop knows it; ``person`` is who it is. Dates as ``yyyymmdd``, 0 is not known."""

    person: int
    locale: str
    given: str
    family: str
    name: str
    email: str = ""
    phone: str = ""
    birth_date: int = 0
    address: str = ""
    devices: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    kind: str = ""


@dataclass
class Names:
    """The names of one country, with their cumulated shares."""

    locale: str
    given: tuple[list[str], list[float]]
    family: tuple[list[str], list[float]]

    def draw_given(self, rng: Random) -> str:
        names, shares = self.given
        name = rng.choices(names, cum_weights=shares)[0]
        if self.locale == "zh_CN" and len(name) == 1 and rng.random() < 0.55:
            name += rng.choices(names, cum_weights=shares)[0][0]
        if self.locale in ("pt_BR", "es_ES") and rng.random() < 0.25:
            name += " " + rng.choices(names, cum_weights=shares)[0]
        return name

    def draw_family(self, rng: Random) -> str:
        names, shares = self.family
        family = rng.choices(names, cum_weights=shares)[0]
        if self.locale in ("pt_BR", "es_ES") and rng.random() < 0.6:
            family += " " + rng.choices(names, cum_weights=shares)[0]
        return family


def names_of(locale: str) -> Names:
    """Faker's lists for ``locale``."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    return Names(locale, _with_shares(provider.first_names), _with_shares(provider.last_names))


def _with_shares(names: object) -> tuple[list[str], list[float]]:
    if isinstance(names, dict):
        return list(names), list(itertools.accumulate(float(share) for share in names.values()))
    words = list(dict.fromkeys(str(name) for name in names))  # type: ignore[attr-defined]  # a tuple or a list
    return words, list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))


def full_name(locale: str, given: str, family: str) -> str:
    return family + given if locale == "zh_CN" else f"{given} {family}"


@dataclass
class Maker:
    """Makes people; contacts are given out once."""

    rng: Random
    names: dict[str, Names] = field(default_factory=lambda: {locale: names_of(locale) for locale in LOCALES})
    taken: set[str] = field(default_factory=set)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def household(self) -> list[Made]:
        """Some who live together, now and then with twins, or a son named as his father."""
        rng = self.rng
        locale = rng.choices(list(LOCALES), weights=list(LOCALES.values()))[0]
        names, size = self.names[locale], rng.choice(HOUSEHOLD_SIZES)
        family, address = names.draw_family(rng), f"a{next(self.numbers)}"
        shared_device, shared_payment = f"d{next(self.numbers)}", f"p{next(self.numbers)}"
        born = _birth_dates(size, rng)
        people: list[Made] = []
        phone = self.phone(locale)
        for place, day in enumerate(born):
            own = names.draw_family(rng) if place == 1 and locale == "zh_CN" else family
            given = self._given(names, [one.given for one in people], place)
            near = place and rng.random() < 0.06  # numbers of one contract follow each other
            people.append(
                self.person(
                    locale, given, own, day, address,
                    device=shared_device if rng.random() < 0.3 else "",
                    payment=shared_payment if rng.random() < 0.25 else "",
                    phone=self._next_phone(phone) if near else "",
                )
            )  # fmt: skip
        return people

    def _given(self, names: Names, before: Sequence[str], place: int) -> str:
        if place == 2 and names.locale != "zh_CN" and self.rng.random() < 0.02:
            return before[0]
        while (given := names.draw_given(self.rng)) in before:
            pass
        return given

    def person(
        self, locale: str, given: str, family: str, day: date, address: str, *, device: str, payment: str,
        phone: str,
    ) -> Made:  # fmt: skip
        """One of them, with what the shop happens to know."""
        rng = self.rng
        orders = rng.random() < 0.75
        devices = {f"d{next(self.numbers)}"} | ({device} if device else set())
        payments = {f"p{next(self.numbers)}"} | ({payment} if payment else set())
        return Made(
            person=next(self.numbers), locale=locale, given=given, family=family,
            name=full_name(locale, given, family),
            email=self.email(locale, given, family, day) if rng.random() < 0.9 else "",
            phone=(phone or self.phone(locale)) if rng.random() < 0.8 else "",
            birth_date=number_of(day) if rng.random() < 0.8 else 0,
            address=address if orders else "",
            devices=tuple(sorted(devices)) if orders else (),
            payments=tuple(sorted(payments)) if orders else (),
        )  # fmt: skip

    def phone(self, locale: str) -> str:
        """A mobile number in E.164."""
        while True:
            digits = "".join(self.rng.choices("0123456789", k=8))
            head = {"zh_CN": self.rng.choice(("138", "139", "186")), "en_US": "21" + self.rng.choice("2345")}
            number = f"+{DIALLING[locale]}{head.get(locale, '17' + self.rng.choice('0156'))}{digits}"
            number = number[:12] if locale == "en_US" else number
            if number not in self.taken:
                self.taken.add(number)
                return number

    def _next_phone(self, phone: str) -> str:
        number = f"{phone[:-1]}{(int(phone[-1]) + self.rng.randint(1, 8)) % 10}"
        if number in self.taken:
            return ""
        self.taken.add(number)
        return number

    def email(self, locale: str, given: str, family: str, day: date) -> str:
        """An address as people choose them: names, names with numbers, words, numbers at qq.com."""
        rng = self.rng
        domain = rng.choices(DOMAINS[locale], weights=(40, 20, 14, 12, 8, 6))[0]
        a, b = latin(given), latin(family)
        while True:
            digits = str(rng.choice((day.year, day.year % 100, rng.randint(1, 999), rng.randint(1, 99_999))))
            if domain == "qq.com" and rng.random() < 0.7:
                local = str(rng.randint(10_000_000, 3_500_000_000))
            else:
                shapes = (f"{a}.{b}", f"{a}{b}", f"{a[0]}{b}", f"{b}.{a}", f"{a}{digits}", f"{a}.{b}{digits}",
                          f"{b}{digits}", f"{rng.choice(WORDS)}{rng.choice(WORDS)}{digits}")  # fmt: skip
                local = rng.choice(shapes)
            address = f"{local}@{domain}"
            mailbox = f"mailbox of {same_mailbox(address)}"  # no two people have one
            if mailbox not in self.taken:
                self.taken |= {address, mailbox}
                return address


def latin(name: str) -> str:
    """A name as in an e-mail address."""
    import unicodedata

    from pypinyin import lazy_pinyin

    text = "".join(lazy_pinyin(name.replace(" ", ""))).lower()
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(sign for sign in plain if sign.isascii() and sign.isalnum()) or "x"


def number_of(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _birth_dates(size: int, rng: Random) -> list[date]:
    """Two parents and their children; some children are twins."""
    oldest = date(1945, 1, 1) + timedelta(days=rng.randrange(18_000))
    days = [oldest, oldest + timedelta(days=rng.randint(-1_500, 1_500))]
    for _child in range(3):
        twin = len(days) > 2 and rng.random() < 0.03
        days.append(days[-1] if twin else oldest + timedelta(days=rng.randint(8_000, 13_000)))
    return days[:size]


def with_offices(people: list[Made], rng: Random) -> list[Made]:
    """Some use what many use: the tablet of a shop, an office's address, a computer of five colleagues."""
    tablets = [f"till{number}" for number in range(max(1, len(people) // 5_000))]
    offices = [f"office{number}" for number in range(max(1, len(people) // 2_000))]
    found = []
    for place, one in enumerate(people):
        changed = one
        if one.address and rng.random() < 0.10:
            changed = replace(changed, devices=(*changed.devices, rng.choice(tablets)))
        if one.address and rng.random() < 0.02:
            changed = replace(changed, address=rng.choice(offices))
        if one.address and rng.random() < 0.03:
            changed = replace(changed, devices=(*changed.devices, f"desk{place // 150}"))
        found.append(changed)
    return found
