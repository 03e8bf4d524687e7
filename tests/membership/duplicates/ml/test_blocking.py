"""Which pairs are compared at all."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.duplicates.ml.blocking import MOST_NAMESAKES, candidate_pairs
from membership.duplicates.ml.people import MOST_SHARING
from tests.membership.duplicates.ml.test_people import people_of


def pairs_of(*rows, changed=None):
    return [tuple(pair) for pair in candidate_pairs(people_of(*rows), changed=changed).pairs.tolist()]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "Ann Lee"}, {"name": "LEE, Ann"}),
        ({"name": "王小明"}, {"name": "Wang Xiao Ming"}),
        (
            {"name": "Katharina Maier", "birth_date": 19800304},
            {"name": "Katarina Meyer", "birth_date": 19800304},
        ),
        ({"email": "jo.kim@gmail.com"}, {"email": "jokim+x@googlemail.com"}),
        ({"email": "jo.kim77@web.de"}, {"email": "jokim77@gmx.de"}),
        ({"phone": "+8613812345678"}, {"phone": "+113812345678"}),
        ({"name": "Bill Lee", "birth_date": 19800304}, {"name": "William Lee", "birth_date": 19800304}),
        ({"address": ["home"]}, {"address": ["home", "work"]}),
        ({"device": ["tablet"]}, {"device": ["tablet"]}),
        ({"payment": ["card"]}, {"payment": ["card"]}),
    ],
)
def test_members_with_a_fact_in_common_are_compared(first, second):
    assert pairs_of(first, {"name": "Somebody Else"}, second) == [(0, 2)]


def test_others_are_not():
    assert (
        pairs_of({"name": "Ann Lee", "email": "ann@x.de"}, {"name": "Bob Ray", "email": "bob@x.de"}, {}) == []
    )


def test_nobody_makes_no_pair():
    assert pairs_of() == []


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({"birth_date": 19800304}, True),
        ({"birth_date": 19800403}, True),
        ({"phone": "+14155550123"}, True),
        ({"email": "wangwie77@x.de"}, True),
        ({}, False),
    ],
)
def test_a_common_name_needs_another_fact(other, found):
    """王伟 is too common to be compared with every other."""
    crowd = [{"name": "王伟"}] * MOST_NAMESAKES
    first = {"name": "王伟", "birth_date": 19800304, "phone": "+14155559123", "email": "wangwei77@x.de"}
    assert bool(pairs_of(first, {"name": "王伟", **other}, *crowd)) is found


def test_what_is_left_out_is_counted():
    blocked = candidate_pairs(people_of(*([{"name": "王伟"}] * (MOST_NAMESAKES + 1))))
    assert (len(blocked.pairs), blocked.left_out) == (0, {"name": MOST_NAMESAKES + 1})


@given(st.integers(MOST_SHARING + 1, 3 * MOST_SHARING), st.sampled_from(["address", "device", "payment"]))
def test_what_many_share_identifies_nobody(n, kind):
    """A till, an office, a parcel shop."""
    assert pairs_of(*({kind: ["shared"]} for _number in range(n))) == []


@given(st.integers(2, MOST_SHARING))
def test_what_few_share_gives_each_pair_once(n):
    found = pairs_of(*({"address": ["home"], "device": ["tablet"]} for _number in range(n)))
    assert found == list(itertools.combinations(range(n), 2))


def test_with_changed_members_only_their_pairs_are_compared():
    rows = [{"name": "Ann Lee"}] * 4
    changed = np.array([False, False, True, False])
    assert pairs_of(*rows, changed=changed) == [(0, 2), (1, 2), (2, 3)]
