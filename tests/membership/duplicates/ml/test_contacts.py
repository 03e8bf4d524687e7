"""How much two e-mail addresses, phone numbers and birth dates are alike."""

from __future__ import annotations

import pytest

from membership.duplicates.ml.contacts import (
    compare_birth_dates,
    compare_emails,
    compare_phones,
    last_digits,
    parse_email,
)


@pytest.mark.parametrize(
    ("first", "second", "level"),
    [
        ("jo.kim@gmail.com", "jokim+shop@googlemail.com", "same_mailbox"),
        ("ann@web.de", "ann+x@web.de", "same_mailbox"),
        ("jokim77@gmail.com", "jokim77@gmial.com", "domain_typo"),
        ("jokim77@web.de", "jokim77@wbe.de", "same_local"),  # three letters say too little
        ("jokim77@gmail.com", "jokim77@mail.com", "same_local"),  # two providers
        ("jokim77@gmail.com", "jokim77@qq.com", "same_local"),
        ("jokim77@yahoo.com", "jokim77@yahoo.con", "domain_typo"),
        ("jokim77@yahoo.com", "jokim77@yahoo.es", "same_local"),
        ("info@alpha.de", "info@beta.de", "other_email"),
        ("sunflower@x.de", "sunflowr@x.de", "email_typo"),
        ("tao.wang@126.com", "taowang@126.com", "email_typo"),  # dots matter but at Gmail
        ("anna84@x.de", "anna85@x.de", "email_number"),
        ("23456789@qq.com", "23456798@qq.com", "email_typo"),
        ("anna@x.de", "hans@x.de", "other_email"),
        ("ann@x.de", "amn@x.de", "other_email"),  # too short
    ],
)
def test_emails(first, second, level):
    a, b = parse_email(first), parse_email(second)
    assert compare_emails(a, b) == compare_emails(b, a) == level


@pytest.mark.parametrize(
    ("first", "second", "level"),
    [
        ("+8613812345678", "+113812345678", "same_phone"),
        ("+14155550123", "+14155550133", "near_phone"),
        ("+14155550123", "+14155550132", "near_phone"),
        ("+14155550123", "+1415555012", "near_phone"),
        ("+14155550123", "+14155559999", "other_phone"),
    ],
)
def test_phones(first, second, level):
    assert compare_phones(first, second) == compare_phones(second, first) == level


def test_a_short_number_is_whole():
    assert last_digits("+3501234") == "3501234"


@pytest.mark.parametrize(
    ("first", "second", "level"),
    [
        (19800304, 19800304, "same_birth_date"),
        (19800304, 19800403, "near_birth_date"),
        (19800304, 19810304, "near_birth_date"),
        (19800304, 19803004, "near_birth_date"),
        (19800304, 19800312, "other_birth_date"),
        (19800304, 19800322, "other_birth_date"),
    ],
)
def test_birth_dates(first, second, level):
    assert compare_birth_dates(first, second) == compare_birth_dates(second, first) == level
