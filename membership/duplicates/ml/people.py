"""The members as columns, and two of them compared."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from membership.duplicates.ml.contacts import (
    Email,
    compare_birth_dates,
    compare_emails,
    compare_phones,
    parse_email,
)
from membership.duplicates.ml.frequencies import SMOOTHING, Frequencies
from membership.duplicates.ml.name_comparison import compare_names
from membership.duplicates.ml.names import Name, parse_name
from membership.duplicates.ml.three_classes import Comparison, Reason, probability, reasons

NOTHING: frozenset[int] = frozenset()
USES = ("address", "device", "payment")
MOST_SHARING = 20
"""What more members than these have used (a till, an office, a parcel shop) identifies nobody."""
EMAIL_CHANCE = {"same_mailbox": 1e-8, "domain_typo": 1e-7, "other_email": 1.0}
PHONE_CHANCE = {"same_phone": 3e-8, "near_phone": 1e-5, "other_phone": 1.0}
NEAR_DATE_CHANCE = 0.003


@dataclass
class People:
    """Columns of members, one row each; "" and 0 where nothing is known. Dates as ``yyyymmdd``."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    names: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    birth_dates: array[int] = field(default_factory=lambda: array("i"))
    uses: dict[str, Uses] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, *, id: int, name: str, email: str, phone: str, birth_date: int) -> None:  # noqa: A002  # as the column is called
        """One more member."""
        self.ids.append(id)
        self.names.append(name)
        self.emails.append(email)
        self.phones.append(phone)
        self.birth_dates.append(birth_date)


class Uses:
    """Who used which addresses, devices or means of payment: pairs of row and value, each once.

    ``rows``: int64 (n_pairs,), ascending; ``values``: int64 (n_pairs,), hashes. Values that more than
    MOST_SHARING members used are left out; ``left_out`` counts them.
    """

    def __init__(self, rows: Sequence[int], values: Sequence[int]) -> None:
        by_row, of_row = np.asarray(rows, dtype=np.int64), np.asarray(values, dtype=np.int64)
        order = np.lexsort((of_row, by_row))
        by_row, of_row = by_row[order], of_row[order]
        once = np.ones(len(order), dtype=bool)
        once[1:] = (by_row[1:] != by_row[:-1]) | (of_row[1:] != of_row[:-1])
        by_row, of_row = by_row[once], of_row[once]
        distinct, inverse, counts = np.unique(of_row, return_inverse=True, return_counts=True)
        kept = counts[inverse] <= MOST_SHARING
        self.rows, self.values = by_row[kept], of_row[kept]
        ends = np.cumsum(np.bincount(self.rows)) if len(self.rows) else np.empty(0, dtype=np.int64)
        self._ends = array("q", ends.astype(np.int64).tobytes())
        self._values = array("q", self.values.tobytes())
        self.left_out = int((counts > MOST_SHARING).sum())
        several = (counts > 1) & (counts <= MOST_SHARING)
        self.counts: Mapping[int, int] = dict(
            zip(distinct[several].tolist(), counts[several].tolist(), strict=True)
        )

    def of(self, row: int) -> frozenset[int]:
        """The values of one member."""
        if row >= len(self._ends):
            return NOTHING
        start, end = self._ends[row - 1] if row else 0, self._ends[row]
        return frozenset(self._values[start:end]) if start < end else NOTHING


class Person(NamedTuple):
    """One member, taken apart to be compared."""

    name: Name
    email: Email | None
    phone: str
    birth_date: int
    uses: tuple[frozenset[int], ...]


def person_of(people: People, row: int) -> Person:
    """The member at ``row``."""
    email = people.emails[row]
    uses = tuple(people.uses[kind].of(row) if kind in people.uses else NOTHING for kind in USES)
    return Person(
        parse_name(people.names[row]),
        parse_email(email) if email else None,
        people.phones[row],
        people.birth_dates[row],
        uses,
    )


def count_values(people: People) -> Frequencies:
    """How often names, dates and local parts occur among ``people``."""
    letters, characters, parts, local_parts = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for text in people.names:
        name = parse_name(text)
        if name:
            letters[name.letters] += 1
            parts.update(set(name.parts))
            if name.characters:
                characters[name.characters] += 1
    for address in people.emails:
        if address:
            email = parse_email(address)
            local_parts.update({email.word, email.stem})
    dates = Counter(day for day in people.birth_dates if day)
    uses: dict[int, int] = {}
    for of_kind in people.uses.values():
        uses |= of_kind.counts
    return Frequencies(
        len(people), _repeated(letters), _repeated(characters), _repeated(parts), dates,
        _repeated(local_parts), uses,
    )  # fmt: skip


def _repeated(counts: Counter[str]) -> dict[str, int]:
    """Without those that occur once, which are most."""
    return {value: count for value, count in counts.items() if count > 1}


def compare(a: Person, b: Person, seen: Frequencies) -> list[Comparison]:
    """All that can be compared of two members; what one of them lacks is left out."""
    found = []
    if (names := compare_names(a.name, b.name, seen)) is not None:
        found.append(Comparison(names.level, names.chance))
    if a.birth_date and b.birth_date:
        found.append(_birth_dates(a.birth_date, b.birth_date, seen))
    if a.email is not None and b.email is not None:
        found.append(_emails(a.email, b.email, a.name, b.name, seen))
    if a.phone and b.phone:
        level = compare_phones(a.phone, b.phone)
        found.append(Comparison(level, PHONE_CHANCE[level]))
    for kind, used_a, used_b in zip(USES, a.uses, b.uses, strict=True):
        if used_a and used_b:
            found.append(_uses(kind, used_a, used_b, seen))
    return found


def _birth_dates(a: int, b: int, seen: Frequencies) -> Comparison:
    level = compare_birth_dates(a, b)
    if level == "same_birth_date":
        return Comparison(level, seen.of_birth_date(a))
    return Comparison(level, NEAR_DATE_CHANCE if level == "near_birth_date" else 1.0)


def _emails(a: Email, b: Email, name_a: Name, name_b: Name, seen: Frequencies) -> Comparison:
    """People of one name choose alike local parts, so an address made of the name says less."""
    level = compare_emails(a, b)
    if level in EMAIL_CHANCE:
        return Comparison(level, EMAIL_CHANCE[level])
    if level == "email_number":
        return Comparison(level, max(seen.of_local_part(a.stem), 2e-3))
    word = min(a.word, b.word)
    of_name = any(len(part) > 2 and part in word for part in (*name_a.parts, *name_b.parts))
    if level == "email_typo":
        return Comparison(level, 5e-4 if of_name else 3e-6)
    digits = sum(sign.isdecimal() for sign in word)
    least = (5e-4 if digits > 1 else 1e-2) if of_name else 1e-6
    return Comparison(level, max(seen.of_local_part(a.word), least))


def _uses(kind: str, a: frozenset[int], b: frozenset[int], seen: Frequencies) -> Comparison:
    shared = a & b
    if not shared:
        return Comparison(f"other_{kind}", 1.0)
    return Comparison(f"same_{kind}", min(seen.of_use(value) for value in shared))


def judge(comparisons: list[Comparison], seen: Frequencies) -> float:
    """The chance that they are one person."""
    return probability(comparisons, n_members=seen.n_members + SMOOTHING)


def explain(comparisons: list[Comparison], seen: Frequencies) -> list[Reason]:
    """Why, the heaviest first."""
    return reasons(comparisons, n_members=seen.n_members + SMOOTHING)
