"""Short forms of given names."""

from __future__ import annotations

import pytest

from membership.duplicates.ml.short_forms import are_short_forms, initials_of, is_known_given_name


@pytest.mark.parametrize(
    ("first", "second"), [("bill", "william"), ("william", "bill"), ("bill", "will"), ("liz", "elizabeth")]
)
def test_short_forms_are_known_both_ways(first, second):
    assert are_short_forms(first, second)


@pytest.mark.parametrize(("first", "second"), [("bill", "elizabeth"), ("xyz", "xyz"), ("anna", "xyz")])
def test_others_are_not(first, second):
    assert not are_short_forms(first, second)


def test_names_of_the_table_are_known():
    assert is_known_given_name("elizabeth")
    assert not is_known_given_name("elizabteh")


def test_a_short_form_has_the_first_letter_of_its_full_name_too():
    assert {"b", "r"} <= initials_of("bob")
    assert initials_of("xyz") == {"x"}
