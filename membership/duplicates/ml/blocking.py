"""Pairs of members that may be one person: those with a key in common. All others are never compared.

A key is a fact of a member in one spelling. A key that too many members have (``MOST_IN_BLOCK``; of a name
alone ``MOST_NAMESAKES``) is too common to find anybody by, and is left out; it is counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from membership.duplicates.ml.contacts import ROLES, SHORTEST_LOCAL, last_digits, parse_email
from membership.duplicates.ml.names import Name, parse_name, skeleton
from membership.duplicates.ml.people import MOST_SHARING, People
from membership.duplicates.ml.short_forms import initials_of

MOST_IN_BLOCK = 60
MOST_NAMESAKES = 5
Pairs = NDArray[np.int64]
"""(n_pairs, 2): rows, the smaller one first, each pair once."""


@dataclass
class Keys:
    """The keys of one kind: ``hashes`` and the rows that have them."""

    hashes: array[int] = field(default_factory=lambda: array("q"))
    rows: array[int] = field(default_factory=lambda: array("i"))

    def add(self, key: object, row: int) -> None:
        self.hashes.append(hash(key))
        self.rows.append(row)


@dataclass(frozen=True)
class Blocked:
    """``left_out``: kind of key → how many members had one that too many have."""

    pairs: Pairs
    left_out: dict[str, int]


def candidate_pairs(people: People, *, changed: NDArray[np.bool_] | None = None) -> Blocked:
    """All pairs with a key in common; ``changed``, bool (n_members,): only those with such a member."""
    packed: list[NDArray[np.int64]] = []
    left_out: dict[str, int] = {}
    n = len(people)
    for kind, hashes, rows, most in _kinds(people):
        order = np.argsort(hashes, kind="stable")
        found, crowded = _pairs_of(hashes[order], rows[order], most=most)
        if crowded:
            left_out[kind] = crowded
        if changed is not None and len(found):
            found = found[changed[found[:, 0]] | changed[found[:, 1]]]
        packed.append(np.unique(found[:, 0] * n + found[:, 1]))
    joined = np.unique(np.concatenate(packed)) if packed else np.empty(0, dtype=np.int64)
    return Blocked(np.stack([joined // max(n, 1), joined % max(n, 1)], axis=1), left_out)


def _kinds(people: People) -> Iterator[tuple[str, NDArray[np.int64], NDArray[np.int64], int]]:
    """kind, hashes, rows, and how many may have one."""
    for kind, keys in _written_keys(people).items():
        hashes = np.frombuffer(keys.hashes, dtype=np.int64)
        most = MOST_NAMESAKES if kind == "name" else MOST_IN_BLOCK
        yield kind, hashes, np.frombuffer(keys.rows, dtype=np.int32).astype(np.int64), most
    for kind, uses in people.uses.items():
        yield kind, uses.values, uses.rows, MOST_SHARING


def _written_keys(people: People) -> dict[str, Keys]:
    """The keys from what is written of each member."""
    kinds = ("email", "local_part", "phone", "name", "name_birth_year", "name_birthday", "name_phone",
             "name_email", "birth_date")  # fmt: skip
    keys = {kind: Keys() for kind in kinds}
    for row in range(len(people)):
        name = parse_name(people.names[row])
        word = _email_keys(keys, people.emails[row], row) if people.emails[row] else ""
        phone = last_digits(people.phones[row]) if people.phones[row] else ""
        if phone:
            keys["phone"].add(phone, row)
        if name:
            keys["name"].add(name.letters, row)
            _halves(keys["name_phone"], name, phone, row)
            _halves(keys["name_email"], name, word, row)
            if day := people.birth_dates[row]:
                _birth_keys(keys, name, day, row)
    return keys


def _email_keys(keys: dict[str, Keys], address: str, row: int) -> str:
    """The local part, which is returned, is a key where it is no word such as info."""
    email = parse_email(address)
    keys["email"].add(email.mailbox, row)
    if len(email.word) >= SHORTEST_LOCAL and email.word not in ROLES:
        keys["local_part"].add(email.word, row)
    return email.word


def _halves(keys: Keys, name: Name, contact: str, row: int) -> None:
    """A common name needs another fact beside it, of which one half may be wrong."""
    if contact:
        half = len(contact) // 2
        keys.add((name.letters, contact[:half]), row)
        keys.add((contact[half:], name.letters), row)


def _birth_keys(keys: dict[str, Keys], name: Name, day: int, row: int) -> None:
    keys["name_birth_year"].add((name.letters, day // 10_000), row)
    keys["name_birthday"].add((name.letters, tuple(sorted((day // 100 % 100, day % 100)))), row)
    for key in _parts_and_initials(name, [skeleton(part) for part in name.parts]):
        keys["birth_date"].add((day, *key), row)


def _parts_and_initials(name: Name, sounds: list[str]) -> set[tuple[str, str]]:
    """Each part by its sound, with the first letter of another: of a short form, of its full names.

    A family name and a birth date alone would be half of all pairs, and hardly one of them the same person.
    """
    if len(sounds) == 1:
        return {(sounds[0], "")}
    initials = [initials_of(part) for part in name.parts]
    return {
        (sound, initial)
        for at, sound in enumerate(sounds)
        for other, letters in enumerate(initials)
        if other != at
        for initial in letters
    }


def _pairs_of(hashes: NDArray[np.int64], rows: NDArray[np.int64], *, most: int) -> tuple[Pairs, int]:
    """The pairs within runs of equal hashes, and how many members stand in runs that are too long."""
    if not len(hashes):
        return np.empty((0, 2), dtype=np.int64), 0
    starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
    sizes = np.diff(np.append(starts, len(hashes)))
    crowded = int(sizes[sizes > most].sum())
    parts = []
    for size in range(2, most + 1):
        of_size = starts[sizes == size]
        if not len(of_size):
            continue
        block = rows[of_size[:, None] + np.arange(size)]
        first, second = np.triu_indices(size, k=1)
        parts.append(np.stack([block[:, first].ravel(), block[:, second].ravel()], axis=1))
    pairs = np.concatenate(parts) if parts else np.empty((0, 2), dtype=np.int64)
    pairs.sort(axis=1)
    return pairs[pairs[:, 0] != pairs[:, 1]], crowded
