"""Generated: who the members are. Names, contact details, birthdays, join dates, tiers; tags where known.

Phone numbers lie in ranges kept free for fiction wherever a country has one, and e-mail addresses in
domains reserved for examples. A few per cent are missing or untidy, as in any real file.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from demo.context import DAY, Habits

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

AGES = {
    "19-24": (19, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65+": (65, 88),
}
LOCALES = {"US": "en_US", "CA": "en_CA", "GB": "en_GB", "CN": "zh_CN", "DE": "de_DE"}
EMAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com")
US_AREAS = (
    *(205, 212, 213, 214, 216, 303, 305, 312, 313, 404, 412, 415, 503, 504, 512, 513, 602, 606, 614, 615),
    *(617, 619, 702, 704, 713, 718, 801, 804, 808, 816, 901, 904, 907, 913, 916, 919, 937, 972),
)
CA_AREAS = (204, 306, 403, 416, 514, 604, 613, 780, 902)
TAG_OF_HOME = {
    "Homeowner": "homeowner",
    "Probable Homeowner": "homeowner",
    "Renter": "renter",
    "Probable Renter": "renter",
}
TIERS = (("platinum", 0.03), ("gold", 0.12), ("silver", 0.35))  # cumulative share of the biggest spenders


def member_no(household: int) -> str:
    return f"M{household:05d}"


def make_members(
    *,
    habits: Habits,
    orders: pd.DataFrame,
    demographics: pd.DataFrame,
    last_day: date,
    hold_back: int,
    seed: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row a member, columns as the import file has them (``joined_at`` in seconds).

    Tiers come from what was paid before ``hold_back`` (seconds), the moment from which orders are replayed.
    """
    import numpy as np
    import pandas as pd

    n = len(habits.household)
    known = demographics.reindex(habits.household)
    chinese = (habits.country == "CN") | ((habits.country == "US") & (rng.random(n) < 0.03))
    names, emails = _names(habits, chinese, seed=seed, rng=rng)
    phones = _phones(habits.country, rng)
    return pd.DataFrame(
        {
            "member_no": [member_no(int(household)) for household in habits.household],
            "name": names,
            "email": _untidy_emails(emails, rng),
            "phone": _untidy_phones(phones, habits.country, rng),
            "birth_date": _birthdays(known["age"], last_day=last_day, rng=rng),
            "country": _untidy_countries(habits.country, rng),
            "language": np.where(chinese, "zh-hans", "en"),
            "joined_at": _joined(habits, orders, hold_back, rng),
            "tier": _tiers(habits, orders, hold_back),
            "tags": [_tags(row) for row in known.itertuples()],
        }
    )


def _names(
    habits: Habits, chinese: npt.NDArray[np.bool_], *, seed: int, rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    from faker import Faker

    fakers: dict[str, Any] = {}
    for locale in sorted(set(LOCALES.values())):
        fakers[locale] = Faker(locale)
        fakers[locale].seed_instance(seed)
    names, emails, taken = [], [], set()
    for country, is_chinese in zip(habits.country, chinese, strict=True):
        faker = fakers["zh_CN" if is_chinese else LOCALES[country]]
        name = f"{faker.first_name()} {faker.last_name()}" if not is_chinese else faker.name()
        local = faker.user_name() if is_chinese else _ascii(name)
        while local in taken:
            local = f"{local}{int(rng.integers(1, 100))}"
        taken.add(local)
        names.append(name)
        emails.append(f"{local}@{EMAIL_DOMAINS[int(rng.integers(0, len(EMAIL_DOMAINS)))]}")
    return names, emails


def _ascii(name: str) -> str:
    import unicodedata

    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return ".".join("".join(c for c in word if c.isalnum()) for word in plain.lower().split())


def _untidy_emails(emails: list[str], rng: np.random.Generator) -> list[str | None]:
    draws = rng.random(len(emails))
    return [_untidy_email(email, draw) for email, draw in zip(emails, draws, strict=True)]


def _untidy_email(email: str, draw: float) -> str | None:
    if draw < 0.02:
        return None
    if draw < 0.08:
        local, domain = email.split("@")
        return f"{local.title()}@{domain.capitalize()}"
    return f" {email} " if draw < 0.1 else email


def _phones(countries: npt.NDArray[np.object_], rng: np.random.Generator) -> list[str]:
    """E.164, each used once: a country's n-th member gets the n-th of its shuffled numbers."""
    pools = {
        "US": [f"+1{area}55501{last:02d}" for area in US_AREAS for last in range(100)],
        "CA": [f"+1{area}55501{last:02d}" for area in CA_AREAS for last in range(100)],
        "GB": [f"+442079460{last:03d}" for last in range(1000)],
        "CN": [f"+861380000{last:04d}" for last in range(10_000)],
        "DE": [f"+4917139200{last:02d}" for last in range(100)],
    }
    order = {country: iter(rng.permutation(len(pool))) for country, pool in pools.items()}
    return [pools[country][int(next(order[country]))] for country in countries]


def _untidy_phones(
    phones: list[str], countries: npt.NDArray[np.object_], rng: np.random.Generator
) -> list[str | None]:
    draws = rng.random(len(phones))
    return [_untidy_phone(*one) for one in zip(phones, countries, draws, strict=True)]


def _untidy_phone(phone: str, country: str, draw: float) -> str | None:
    if draw < 0.05:
        return None
    if draw > 0.3 or country not in {"US", "CA"}:
        return phone
    area, exchange, rest = phone[2:5], phone[5:8], phone[8:]
    forms = (f"({area}) {exchange}-{rest}", f"{area}.{exchange}.{rest}", f"+1 {area}-{exchange}-{rest}")
    return forms[int(draw * 1000) % 3]


def _untidy_countries(countries: npt.NDArray[np.object_], rng: np.random.Generator) -> list[str]:
    draws = rng.random(len(countries))
    return [
        {0: "us", 1: "USA"}.get(int(draw * 100), country) if country == "US" else country
        for country, draw in zip(countries, draws, strict=True)
    ]


def _birthdays(ages: pd.Series[str], *, last_day: date, rng: np.random.Generator) -> list[date | None]:
    """A birthday that fits the known age band; an unknown band is drawn by the shares of the bands."""
    bands = sorted(AGES)
    shares = ages.value_counts().reindex(bands).fillna(0).to_numpy() + 1.0
    drawn = rng.choice(len(bands), len(ages), p=shares / shares.sum())
    missing = rng.random(len(ages)) < 0.08
    days = rng.random(len(ages))
    birthdays: list[date | None] = []
    for age, band, absent, part in zip(ages, drawn, missing, days, strict=True):
        low, high = AGES[age if age in AGES else bands[int(band)]]
        in_days = low * 365.25 + part * (high + 1 - low) * 365.25 - 1
        birthdays.append(None if absent else last_day - timedelta(days=int(in_days) + 1))
    return birthdays


def _joined(
    habits: Habits, orders: pd.DataFrame, hold_back: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Before the first order, and before the replay begins: replayed orders need existing members."""
    import numpy as np

    first = orders.groupby("household")["placed"].min().reindex(habits.household).to_numpy()
    before = np.where(rng.random(len(first)) < 0.25, 900.0, rng.exponential(220.0 * DAY, len(first)) + 600)
    return np.asarray(np.minimum(first, hold_back - 3600) - before, dtype=np.int64)


def _tiers(habits: Habits, orders: pd.DataFrame, hold_back: int) -> npt.NDArray[np.object_]:
    import numpy as np

    paid = orders[orders["placed"] < hold_back].groupby("household")["paid"].sum()
    spend = paid.reindex(habits.household).fillna(0).to_numpy()
    rank = np.argsort(np.argsort(-spend, kind="stable"), kind="stable") / len(spend)
    tier = np.full(len(spend), "basic", dtype=object)
    for name, share in reversed(TIERS):
        tier[rank < share] = name
    return tier


def _tags(known: Any) -> str:
    """What the household survey says, `;` between the tags; nothing for those it did not ask."""
    tags = []
    if isinstance(known.age, str):
        tags.append(f"age {known.age}")
    if isinstance(known.home_ownership, str):
        tags.append(TAG_OF_HOME[known.home_ownership])
    if isinstance(known.household_comp, str):
        tags.append("no children" if known.household_comp.endswith("No Kids") else "children")
    if isinstance(known.marital_status, str):
        tags.append(known.marital_status.lower())
    return ";".join(tags)
