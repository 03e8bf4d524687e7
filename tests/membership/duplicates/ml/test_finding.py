"""From members to likely pairs."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.members.duplicates import SHOWN, generated, ours, quality, true_pairs
from membership.duplicates.ml.finding import find_likely
from membership.models import DuplicateCandidate
from tests.membership.duplicates.ml.test_people import people_of

ANN = {"name": "Ann Leitner", "birth_date": 19800304}


def test_the_figures_are_of_the_pairs_that_are_shown():
    assert SHOWN == DuplicateCandidate.SHOWN


def test_likely_pairs_are_found_with_their_reasons():
    people = people_of(
        ANN, {"name": "Bob Ray", "birth_date": 19700101}, {"name": "Leitner, Ann", "birth_date": 19800304}
    )
    found = find_likely(people, lowest=0.5)
    (pair,) = found.likely
    assert (pair.first, pair.second, pair.probability > 0.9) == (0, 2, True)
    assert {reason.level for reason in pair.reasons} == {"swapped_name", "same_birth_date"}
    assert found.compared == 1


def test_unlikely_ones_are_compared_only():
    people = people_of(
        {"name": "Ulrike Carter", "address": ["home"]}, {"name": "Birgit Carter", "address": ["home"]}
    )
    found = find_likely(people, lowest=0.5)
    assert (found.likely, found.compared) == ([], 1)


def test_what_too_many_share_is_told():
    rows = [{"name": f"Person {chr(97 + number)}", "device": ["till"]} for number in range(25)]
    assert find_likely(people_of(*rows), lowest=0.5).left_out == {"device": 1}


def test_changed_members_find_the_same_pairs_as_all():
    people = people_of(ANN, ANN, {"name": "Ann Lee"})
    changed = np.array([True, False, False])
    assert find_likely(people, lowest=0.5, changed=changed) == find_likely(people, lowest=0.5)


@pytest.mark.parametrize("seed", [21, 22])
def test_generated_duplicates_are_found_and_hardly_anybody_else(seed):
    """The published figures are of 20,000 people a seed; here the goals hold with room for a small shop."""
    people = generated(3_000, seed=seed)
    shown = {pair for pair, chance in ours(people).items() if chance >= SHOWN}
    precision, recall = quality(shown, true_pairs(people))
    assert precision >= 0.96
    assert recall >= 0.85
