"""From members to likely pairs: block, compare, judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from membership.duplicates.ml.blocking import candidate_pairs
from membership.duplicates.ml.frequencies import Frequencies
from membership.duplicates.ml.people import People, Person, compare, count_values, explain, judge, person_of
from membership.duplicates.ml.three_classes import Reason

CHUNK = 30_000


@dataclass(frozen=True, slots=True)
class Likely:
    """Two members, by row, the smaller one first; ``probability`` (0 to 1) that they are one person."""

    first: int
    second: int
    probability: float
    reasons: list[Reason]


@dataclass(frozen=True)
class Found:
    """``compared`` pairs; ``left_out``: kind of fact → members (of a use: values) that too many share."""

    likely: list[Likely]
    compared: int
    left_out: dict[str, int]


def find_likely(people: People, *, lowest: float, changed: NDArray[np.bool_] | None = None) -> Found:
    """All pairs whose probability is at least ``lowest``, by rows. ``changed``: see ``candidate_pairs``."""
    seen = count_values(people)
    blocked = candidate_pairs(people, changed=changed)
    likely: list[Likely] = []
    for start in range(0, len(blocked.pairs), CHUNK):
        likely += _judged(people, blocked.pairs[start : start + CHUNK].tolist(), seen, lowest=lowest)
    left_out = {kind: uses.left_out for kind, uses in people.uses.items() if uses.left_out}
    return Found(likely, len(blocked.pairs), {**blocked.left_out, **left_out})


def _judged(people: People, pairs: list[list[int]], seen: Frequencies, *, lowest: float) -> list[Likely]:
    persons: dict[int, Person] = {}
    found = []
    for first, second in pairs:
        for row in (first, second):
            if row not in persons:
                persons[row] = person_of(people, row)
        comparisons = compare(persons[first], persons[second], seen)
        chance = judge(comparisons, seen)
        if chance >= lowest:
            found.append(Likely(first, second, chance, explain(comparisons, seen)))
    return found
