"""The same person a second time, as shops get them: other spellings, other contacts, less known.

An e-mail address and a phone number belong to one member only, so the second record never has the first
one's in the same spelling.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from random import Random

from benchmarks.members.people import DIALLING, DOMAINS, Made, Maker, full_name

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_HOMOPHONES = (
    "伟玮炜维 明鸣铭 军君均 杰洁捷 涛滔韬 丽莉俐 静婧靖 玉钰昱 欢环 华骅 平萍苹 英瑛樱 强蔷 "
    "磊蕾 勇永咏 艳燕雁 娟鹃 霞侠 红虹鸿 云芸 建健 婷亭 志智 秀绣"
)
HOMOPHONES = _HOMOPHONES.split()


def again(one: Made, maker: Maker) -> Made | None:
    """The second record; None where it has nothing but the name in common, by which nobody could tell."""
    second = _second(one, maker)
    kinds = set(second.kind.split())
    told = {"email:one_mailbox", "email:domain_typo", "email:typo", "email:other_domain", "phone:typo",
            "phone:other_country", "birth:same", "birth:swapped", "birth:typo", "uses:same_home"}  # fmt: skip
    used = set(one.devices) & set(second.devices) or set(one.payments) & set(second.payments)
    return second if kinds & told or used else None


def _second(one: Made, maker: Maker) -> Made:
    """``kind`` names what was changed of the name, the e-mail and the rest."""
    rng = maker.rng
    name_kind, name = _name(one, maker)
    email_kind, email = _email(one, maker)
    phone_kind, phone = _phone(one, maker)
    birth_kind, born = _birth_date(one.birth_date, rng)
    second = replace(one, name=name, email=email, phone=phone, birth_date=born)
    use_kind, second = _uses(second, maker)
    kinds = (name_kind, email_kind, phone_kind, birth_kind, use_kind)
    return replace(second, kind=" ".join(kinds))


def _name(one: Made, maker: Maker) -> tuple[str, str]:
    if maker.rng.random() < 0.5:
        return "name:same", one.name
    return _chinese_name(one, maker.rng) if one.locale == "zh_CN" else _latin_name(one, maker)


def _chinese_name(one: Made, rng: Random) -> tuple[str, str]:
    if rng.random() < 0.8:
        return "name:pinyin", pinyin_of(one, rng)
    return "name:wrong_character", homophone_of(one, rng)


def _latin_name(one: Made, maker: Maker) -> tuple[str, str]:
    rng, words = maker.rng, one.name.split()
    family = maker.names[one.locale].draw_family(rng)
    changes = {
        "typo": (30, misspelled(one.name, rng)),
        "swapped": (26, swapped(one, rng)),
        "nickname": (16 if one.given in SHORT else 0, f"{SHORT.get(one.given)} {one.family}"),
        "initial": (8, f"{one.given[0]}. {one.family}"),
        "without_accents": (8, without_accents(one.name)),
        "part_missing": (8 if len(words) > 2 else 0, f"{words[0]} {words[-1]}"),
        "married": (3, full_name(one.locale, one.given, family)),
        "capitals": (3, one.name.upper()),
    }
    kind = rng.choices(list(changes), weights=[weight for weight, _name in changes.values()])[0]
    return f"name:{kind}", changes[kind][1]


def pinyin_of(one: Made, rng: Random) -> str:
    """王小明 → Wang Xiaoming, Xiaoming Wang, Wang Xiao Ming, …"""
    from pypinyin import lazy_pinyin

    family = "".join(lazy_pinyin(one.family)).capitalize()
    syllables = [word.capitalize() for word in lazy_pinyin(one.given)]
    given = rng.choice(("".join(syllables).capitalize(), " ".join(syllables), "-".join(syllables)))
    return rng.choice((f"{family} {given}", f"{given} {family}", f"{family}, {given}"))


def homophone_of(one: Made, rng: Random) -> str:
    """One character of the given name typed wrongly: another with the same reading."""
    for place, sign in enumerate(one.given):
        for group in HOMOPHONES:
            if sign in group:
                other = rng.choice(group.replace(sign, ""))
                return one.family + one.given[:place] + other + one.given[place + 1 :]
    return one.name


def misspelled(text: str, rng: Random) -> str:
    """One letter left out, doubled, exchanged with the next or replaced."""
    inside = enumerate(pairwise(text))
    places = [place for place, (sign, after) in inside if place and sign.isalpha() and after.isalpha()]
    if not places:
        return text
    at = rng.choice(places)
    kind = rng.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + rng.choice(LETTERS) + text[at + 1 :]


def swapped(one: Made, rng: Random) -> str:
    return f"{one.family}, {one.given}" if rng.random() < 0.5 else f"{one.family} {one.given}"


SHORT = {
    "William": "Bill", "Robert": "Bob", "Richard": "Rick", "James": "Jim", "John": "Jack", "Michael": "Mike",
    "Elizabeth": "Liz", "Jennifer": "Jen", "Katherine": "Kate", "Margaret": "Peggy", "Thomas": "Tom",
    "Christopher": "Chris", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony", "Joseph": "Joe",
    "David": "Dave", "Patricia": "Pat", "Susan": "Sue", "Jessica": "Jess", "Samantha": "Sam",
    "Nicholas": "Nick", "Benjamin": "Ben", "Alexander": "Alex", "Rebecca": "Becky", "Timothy": "Tim",
    "Steven": "Steve", "Kimberly": "Kim", "Andrew": "Andy", "Joshua": "Josh", "Edward": "Ted",
}  # fmt: skip


def without_accents(text: str) -> str:
    import unicodedata

    german = text.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("ß", "ss")
    return "".join(sign for sign in unicodedata.normalize("NFKD", german) if not unicodedata.combining(sign))


def _email(one: Made, maker: Maker) -> tuple[str, str]:
    rng = maker.rng
    draw = rng.random()
    if not one.email or draw < 0.25:
        return "email:missing", ""
    local, _at, domain = one.email.partition("@")
    if draw < 0.40:
        address, kind = _one_mailbox(local, domain, rng), "email:one_mailbox"
    elif draw < 0.48:
        head, _dot, end = domain.partition(".")
        address, kind = f"{local}@{misspelled(head, rng)}.{end}", "email:domain_typo"
    elif draw < 0.57:
        address, kind = f"{misspelled(local, rng)}@{domain}", "email:typo"
    elif draw < 0.72:
        address, kind = f"{local}@{rng.choice(DOMAINS[one.locale])}", "email:other_domain"
    else:
        day = date(max(one.birth_date // 10_000, 1_950), 1, 1)
        return "email:new", maker.email(one.locale, one.given, one.family, day)
    if address in maker.taken:
        return "email:missing", ""
    maker.taken.add(address)
    return kind, address


def _one_mailbox(local: str, domain: str, rng: Random) -> str:
    if domain == "gmail.com" and rng.random() < 0.6:
        if rng.random() < 0.3:
            return f"{local}@googlemail.com"
        at = rng.randint(1, max(len(local) - 1, 1))
        return f"{local[:at]}.{local[at:]}@{domain}".replace("..", ".")
    return f"{local}+{rng.choice(('shop', 'news', '2', 'home'))}@{domain}"


def _phone(one: Made, maker: Maker) -> tuple[str, str]:
    rng = maker.rng
    draw = rng.random()
    if not one.phone or draw < 0.35:
        return "phone:missing", ""
    if draw < 0.47:
        national = one.phone.removeprefix("+" + DIALLING[one.locale])
        code = rng.choice([code for code in ("1", "86", "49") if code != DIALLING[one.locale]])
        number, kind = f"+{code}{national}", "phone:other_country"
    elif draw < 0.57:
        at = rng.randint(5, len(one.phone) - 1)
        digit = str((int(one.phone[at]) + rng.randint(1, 9)) % 10)
        number, kind = one.phone[:at] + digit + one.phone[at + 1 :], "phone:typo"
    else:
        return "phone:new", maker.phone(one.locale)
    if number in maker.taken:
        return "phone:missing", ""
    maker.taken.add(number)
    return kind, number


def _birth_date(day: int, rng: Random) -> tuple[str, int]:
    draw = rng.random()
    if not day or draw < 0.22:
        return "birth:missing", 0
    if draw < 0.26 and day % 100 <= 12:
        return "birth:swapped", day // 10_000 * 10_000 + day % 100 * 100 + day // 100 % 100
    if draw < 0.28:
        return "birth:typo", day + rng.choice((1, 10_000)) if day % 100 < 28 else day
    return "birth:same", day


def _uses(one: Made, maker: Maker) -> tuple[str, Made]:
    rng = maker.rng
    if not one.address or rng.random() < 0.15:
        return "uses:missing", replace(one, address="", devices=(), payments=())
    moved = rng.random() < 0.2
    address = f"a{next(maker.numbers)}" if moved else one.address
    devices = one.devices if rng.random() < 0.5 else (f"d{next(maker.numbers)}",)
    payments = one.payments if rng.random() < 0.5 else (f"p{next(maker.numbers)}",)
    kind = "uses:moved" if moved else "uses:same_home"
    return kind, replace(one, address=address, devices=devices, payments=payments)
