"""Random customers, and how systems write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.importing.writers.shop import Row

NAMES = (("Ana", "Lima"), ("Bo", "Ek"), ("Zoë", "O'Hara"), ("Cy", "Ott"), ("Émile", "Dupré"), ("Di", "Na"))
FIRST_DAY = datetime.fromisoformat("2024-02-03T10:00:00")


@dataclass(frozen=True)
class Person:
    number: int
    first: str
    last: str
    joined: datetime
    granted: bool  # messages by e-mail
    has_phone: bool
    tags: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        return f"person{self.number}@example.com"

    @property
    def phone(self) -> str:
        return f"+141555501{self.number:02d}" if self.has_phone else ""


@st.composite
def crowds(draw: st.DrawFn) -> list[Person]:
    return [
        Person(
            number=10 + at,
            first=NAMES[at][0],
            last=NAMES[at][1],
            joined=FIRST_DAY + timedelta(days=draw(st.integers(0, 700))),
            granted=draw(st.booleans()),
            has_phone=draw(st.booleans()),
            tags=tuple(draw(st.lists(st.sampled_from(["vip", "wholesale"]), unique=True))),
        )
        for at in range(draw(st.integers(1, len(NAMES))))
    ]


@dataclass(frozen=True)
class People:
    """How a system writes customers; ``number`` is what the member number will be, ``tells`` what else it
    says.
    """

    row: Callable[[Person], Row]
    tells: frozenset[str]
    number: Callable[[Person], str] = lambda one: str(one.number)
    delimiter: str = ","
    encoding: str = "utf-8"


def _flag(value: bool, words: str = "yes no") -> str:
    return words.split()[0 if value else 1]


def _shopify(one: Person) -> Row:
    return {
        "Customer ID": f"'81000000000{one.number}", "First Name": one.first, "Last Name": one.last,
        "Email": one.email, "Accepts Email Marketing": _flag(one.granted),
        "Default Address Country Code": "US", "Phone": f"'{one.phone}" if one.phone else "",
        "Accepts SMS Marketing": "no", "Total Spent": "0.00", "Total Orders": "0", "Note": "",
        "Tags": ", ".join(one.tags),
    }  # fmt: skip


def _woocommerce(one: Person) -> Row:
    return {
        "Name": one.name.replace("'", "&#039;"), "Username": f"user{one.number}", "Last active": "",
        "Sign up": f"{one.joined:%Y-%m-%d %H:%M:%S}", "Email": one.email, "Orders": "1", "Total spend": "5",
        "AOV": "5", "Country / Region": "US", "City": "", "Region": "", "Postal code": "",
    }  # fmt: skip


def _prestashop(one: Person) -> Row:
    return {
        "Customer ID": str(one.number), "Active (0/1)": "1", "Email *": one.email, "Password *": "secret",
        "Birthday (yyyy-mm-dd)": "0000-00-00", "Last Name *": one.last, "First Name *": one.first,
        "Newsletter (0/1)": _flag(one.granted, "1 0"), "Groups (x,y,z...)": "Customer",
        "Registration date (yyyy-mm-dd)": f"{one.joined:%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip


def _magento(one: Person) -> Row:
    return {
        "ID": str(one.number), "Name": one.name, "Email": one.email, "Group": "General",
        "Phone": one.phone, "ZIP": "", "Country": "United States", "State/Province": "",
        "Customer Since": f"{one.joined:%b %-d, %Y %-I:%M:%S %p}", "Web Site": "Main Website",
    }  # fmt: skip


def _bigcommerce(one: Person) -> Row:
    return {
        "Customer ID": str(one.number), "First Name": one.first, "Last Name": one.last, "Company": "",
        "Email": one.email, "Phone": one.phone, "Notes": "", "Store Credit": "0.00",
        "Date Joined": f"{one.joined:%Y-%m-%d}", "Receive Marketing Emails": _flag(one.granted),
        "Customer Group": "",
    }  # fmt: skip


def _square(one: Person) -> Row:
    return {
        "Reference ID": "", "First Name": one.first, "Last Name": one.last, "Email Address": one.email,
        "Phone Number": one.phone, "Square Customer ID": f"SQ{one.number}", "Birthday": "",
        "First Visit": f"{one.joined:%Y-%m-%d}", "Groups": ", ".join(one.tags),
        "Email Subscription Status": _flag(one.granted, "subscribed unsubscribed"),
    }  # fmt: skip


def _mailchimp(one: Person) -> Row:
    return {
        "Email Address": one.email, "First Name": one.first, "Last Name": one.last,
        "Phone Number": one.phone, "MEMBER_RATING": "2", "OPTIN_TIME": f"{one.joined:%Y-%m-%d %H:%M:%S}",
        "LEID": str(one.number), "TAGS": ",".join(f'"{tag}"' for tag in one.tags),
        "Email Marketing Status": _flag(one.granted, "Subscribed Unsubscribed"),
    }  # fmt: skip


def _klaviyo(one: Person) -> Row:
    return {
        "Email": one.email, "Klaviyo ID": f"01K{one.number}", "First Name": one.first,
        "Last Name": one.last, "Phone Number": one.phone, "Date Added": f"{one.joined:%Y-%m-%d %H:%M:%S}",
        "Email Marketing Consent": _flag(one.granted, "SUBSCRIBED UNSUBSCRIBED"),
    }  # fmt: skip


def _chinese_phone(one: Person) -> str:
    return f"136000000{one.number}"


def _youzan(one: Person) -> Row:
    return {
        "客户昵称": one.name, "手机号": _chinese_phone(one),
        "成为客户时间": f"{one.joined:%Y-%m-%d %H:%M:%S}",
        "客户标签": ",".join(one.tags),
    }  # fmt: skip


def _taobao(one: Person) -> Row:
    return {
        "买家会员名": f"tb_{one.number}", "收货人姓名": one.name, "联系手机": _chinese_phone(one),
        "入会时间": f"{one.joined:%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip


def _german(one: Person) -> Row:
    return {
        "Kundennr.": f"{one.number:04d}", "Vorname": one.first, "Nachname": one.last, "E-Mail": one.email,
        "Telefon": one.phone, "Kunde seit": f"{one.joined:%d.%m.%Y}",
        "Newsletter abonniert": _flag(one.granted, "ja nein"),
    }  # fmt: skip


ALL = frozenset({"email", "phone", "joined", "consent", "tags"})
PEOPLE = {
    "shopify": People(_shopify, ALL - {"joined"}, lambda one: f"81000000000{one.number}"),
    "woocommerce": People(_woocommerce, frozenset({"email", "joined"}), lambda one: f"user{one.number}"),
    "prestashop": People(_prestashop, frozenset({"email", "joined", "consent"}), delimiter=";"),
    "magento": People(_magento, frozenset({"email", "phone", "joined"})),
    "bigcommerce": People(_bigcommerce, ALL - {"tags"}),
    "square": People(_square, ALL, lambda one: f"SQ{one.number}"),
    "mailchimp": People(_mailchimp, ALL, lambda one: one.email),
    "klaviyo": People(_klaviyo, ALL - {"tags"}, lambda one: one.email),
    "youzan": People(_youzan, frozenset({"joined", "tags"}), _chinese_phone),
    "taobao": People(_taobao, frozenset({"joined"}), lambda one: f"tb_{one.number}", encoding="gb18030"),
    "german spreadsheet": People(
        _german, ALL - {"tags"}, lambda one: f"{one.number:04d}", delimiter=";", encoding="cp1252"
    ),
}
