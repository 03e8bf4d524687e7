"""Two members compared."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from membership.duplicates.ml.people import (
    MOST_SHARING,
    People,
    Uses,
    compare,
    count_values,
    explain,
    judge,
    person_of,
)


def people_of(*rows: dict[str, Any]) -> People:
    """Members with ids from 1 on; ``address``, ``device``, ``payment`` are lists of values."""
    people = People()
    used: dict[str, tuple[list[int], list[int]]] = {}
    for number, row in enumerate(rows):
        known: dict[str, Any] = {"name": "", "email": "", "phone": "", "birth_date": 0} | row
        people.add(id=number + 1, **{key: known[key] for key in ("name", "email", "phone", "birth_date")})
        for kind in ("address", "device", "payment"):
            for value in row.get(kind, ()):
                used.setdefault(kind, ([], []))[0].append(number)
                used[kind][1].append(hash((kind, value)))
    people.uses = {kind: Uses(rows, values) for kind, (rows, values) in used.items()}
    return people


def chance(people: People, first: int = 0, second: int = 1) -> float:
    seen = count_values(people)
    return judge(compare(person_of(people, first), person_of(people, second), seen), seen)


def test_only_what_both_have_is_compared():
    people = people_of(
        {"name": "Ann Lee", "phone": "+14155550123"}, {"email": "ann@x.de", "phone": "+14155550199"}
    )
    found = compare(person_of(people, 0), person_of(people, 1), count_values(people))
    assert [one.level for one in found] == ["other_phone"]


def test_the_same_rare_name_and_birth_date_is_one_person():
    ann = {"name": "Ann Leitner", "birth_date": 19800304}
    assert (
        chance(people_of(ann | {"email": "a@x.de"}, ann | {"email": "b@y.de", "phone": "+14155550123"})) > 0.9
    )


def test_a_common_name_alone_is_not():
    people = people_of(*({"name": name} for name in ["王伟"] * 40 + ["李强", "赵敏"] * 100))
    assert chance(people) < 0.01


def test_family_at_one_address_is_not():
    home = {"address": ["home"], "device": ["tablet"], "payment": ["card"]}
    people = people_of({"name": "Ulrike Carter", **home}, {"name": "Birgit Carter", **home})
    assert chance(people) < 0.2


def test_twins_are_not():
    home = {"address": ["home"], "birth_date": 20050607}
    assert chance(people_of({"name": "Ulrike Carter", **home}, {"name": "Birgit Carter", **home})) < 0.2
    assert chance(people_of({"name": "王伟", **home}, {"name": "王芳", **home})) < 0.2


def test_father_and_son_of_one_name_are_not():
    home = {"name": "John Carter", "address": ["home"]}
    assert chance(people_of({**home, "birth_date": 19500102}, {**home, "birth_date": 19810930})) < 0.5


def test_reasons_come_with_the_probability():
    ann = {"name": "Ann Leitner", "birth_date": 19800304}
    people = people_of(ann, ann)
    seen = count_values(people)
    said = explain(compare(person_of(people, 0), person_of(people, 1), seen), seen)
    assert {reason.level for reason in said} == {"same_name", "same_birth_date"}


def test_a_use_counts_once_a_member():
    uses = Uses([1, 1, 0, 2], [5, 5, 5, 6])
    assert uses.counts == {5: 2}
    assert (uses.of(1), uses.of(2), uses.of(9)) == (frozenset([5]), frozenset([6]), frozenset())


def test_what_too_many_used_is_left_out():
    uses = Uses(range(MOST_SHARING + 1), [7] * (MOST_SHARING + 1))
    assert (len(uses.rows), uses.left_out, uses.of(0)) == (0, 1, frozenset())


def test_uses_may_be_empty():
    uses = Uses([], [])
    assert (uses.of(0), uses.left_out, uses.rows.dtype) == (frozenset(), 0, np.dtype(np.int64))


MEMBERS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["", "Ann Lee", "Lee, Ann", "王伟", "Wang Wei", "Anna Lee", "Bob"]),
        "email": st.sampled_from(
            ["", "ann.lee@gmail.com", "annlee@googlemail.com", "ann.lee@gmial.com", "bob@x.de"]
        ),
        "phone": st.sampled_from(["", "+14155550123", "+4414155550123", "+14155550132"]),
        "birth_date": st.sampled_from([0, 19800304, 19800403, 19990101]),
        "address": st.sampled_from([[], ["a"], ["a", "b"]]),
        "device": st.sampled_from([[], ["a"], ["b"]]),
    }
)


@given(st.lists(MEMBERS, min_size=2, max_size=6), st.randoms())
def test_neither_the_order_of_two_nor_of_all_matters(rows, random):
    """Rows in another order, and each pair turned round: the same probability."""
    order = random.sample(range(len(rows)), len(rows))
    people, other = people_of(*rows), people_of(*(rows[at] for at in order))
    for first, second in itertools.combinations(range(len(rows)), 2):
        before = chance(people, first, second)
        assert np.isclose(before, chance(people, second, first), rtol=1e-9)
        assert np.isclose(before, chance(other, order.index(second), order.index(first)), rtol=1e-9)
