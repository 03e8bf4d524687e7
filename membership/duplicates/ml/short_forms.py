"""Short forms of given names: Bill is William. From the package ``nicknames``, English names of the USA."""

from __future__ import annotations

from functools import cache, lru_cache


@cache
def _related() -> dict[str, frozenset[str]]:
    """name → the full names that it may stand for, itself included."""
    from nicknames import NickNamer

    lookup = NickNamer().canonical_lookup
    full = {name: frozenset(of) | {name} for name, of in lookup.items()}
    for names in lookup.values():
        for name in names:
            full.setdefault(name, frozenset((name,)))
    return full


def are_short_forms(first: str, second: str) -> bool:
    """Whether one is a short form of the other (bill, william), or both of one name (bill, will)."""
    related = _related()
    a, b = related.get(first), related.get(second)
    if a is None or b is None:
        return False
    return bool(a & b)


@lru_cache(maxsize=100_000)
def initials_of(name: str) -> frozenset[str]:
    """The first letters of the name and of the names that it is short for: bob → b, r."""
    return frozenset(full[0] for full in _related().get(name, frozenset()) | {name})


def is_known_given_name(name: str) -> bool:
    """Whether the table has it: then it is no misspelling of another."""
    return name in _related()
