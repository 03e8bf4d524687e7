from __future__ import annotations

import pytest

from importing.files.facts import plain_contact
from importing.kinds.contacts import (
    full_name,
    has_extension,
    is_nobodys,
    made_number,
    refusal,
)


@pytest.mark.parametrize(
    ("name", "contact"),
    [
        ("email", "noemail@shop.de"),
        ("email", "ann@test.com"),
        ("email", "x@y.invalid"),
        ("phone", "0000000000"),
        ("phone", "1234567890"),
        ("phone", "+49 999 999 999"),
    ],
)
def test_what_only_fills_a_column_is_nobodys_contact(name: str, contact: str):
    assert is_nobodys(name, contact)
    assert refusal(name, contact, shared=frozenset()) == "placeholder_contact"


def test_a_contact_of_several_people_identifies_none_of_them():
    shared = frozenset({("phone", plain_contact("phone", "030 1234567"))})
    assert refusal("phone", "+49 30 1234567", shared=shared) == "shared_contact"
    assert refusal("phone", "+49 30 7654321", shared=shared) == ""


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Ann", "Lee", "Ann Lee"),
        ("", "Lee", "Lee"),
        (None, None, None),
        ("小明", "王", "王小明"),
        ("王", "小明", "王小明"),
    ],
)
def test_names_are_put_together_as_their_language_does(first, last, name):
    assert full_name(first, last) == name


@pytest.mark.parametrize("phone", ["030 1234567 ext. 12", "030 1234567x9", "030 1234567 转 8001"])
def test_an_extension_is_noticed(phone: str):
    assert has_extension(phone)
    assert not has_extension(phone[:11])


def test_a_made_number_is_the_same_for_the_same_person():
    assert made_number("Ann", None) == made_number("Ann")
    assert made_number("Ann") != made_number("Bob")
    assert made_number(None, "") == ""
