from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from membership.cleaning import moments
from membership.cleaning import values as cleaning
from membership.cleaning import words as vocabulary
from membership.cleaning.values import Unclean

LATEST = datetime(2026, 11, 24, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
moment = partial(moments.clean_moment, zone=NEW_YORK, latest=LATEST)
amount: Callable[[Any], Any] = partial(cleaning.clean_amount, decimals=3, maximum=10**14 - 1)


def why(clean, value) -> str:
    with pytest.raises(Unclean) as caught:
        clean(value)
    return caught.value.code


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("  a \t b\u00a0c ", "a b c"),
        ("Ｆｕｌｌ", "Full"),
        ("\ufeffA", "A"),
        ("N/A", None),
        ("", None),
        (float("nan"), None),
        (1001.0, "1001"),
    ],
)
def test_text(value, clean):
    assert cleaning.clean_text(value, max_length=20) == clean


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("Germany", "DE"),
        ("deutschland", "DE"),
        ("德国", "DE"),
        ("DEU", "DE"),
        ("U.S.A.", "US"),
        ("uk", "GB"),
        ("NA", "NA"),
        ("n/a", None),
    ],
)
def test_country(value, clean):
    assert cleaning.clean_country(value) == clean


@pytest.mark.parametrize(
    ("value", "clean"), [("eur ", "EUR"), ("€", "EUR"), ("RMB", "CNY"), ("US$", "USD"), ("", None)]
)
def test_currency(value, clean):
    assert cleaning.clean_currency(value) == clean


def test_a_dollar_sign_could_be_many_currencies():
    assert why(cleaning.clean_currency, "$") == "not_a_currency"


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("12.5", 12500),
        ("$1,234.50", 1234500),
        ("12,5", 12500),
        ("1e2", 100000),
        (2.99, 2990),
        (0.1 + 0.2, 300),
        (Decimal("7.001"), 7001),
        (3, 3000),
    ],
)
def test_amount(value, clean):
    assert amount(value) == clean


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("-1", "negative"),
        ("1.0001", "too_precise"),
        ("1e15", "too_large"),
        ("12,345,6", "not_a_number"),
        ("NaN5", "not_a_number"),
        ("inf", "not_a_number"),
        (True, "not_a_number"),
        ("１２x", "not_a_number"),
    ],
)
def test_bad_amount(value, code):
    assert why(amount, value) == code


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("2026-03-02T12:00:00+08:00", datetime(2026, 3, 2, 4, tzinfo=UTC)),
        ("2026-03-02 12:00:00 -0500", datetime(2026, 3, 2, 17, tzinfo=UTC)),
        ("2026-03-02T12:00:00Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02 12:00 UTC", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-07-02", datetime(2026, 7, 2, 4, tzinfo=UTC)),
        ("2026-03-08 02:30", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # skipped: 03:30 in summer time
        ("2026-11-01 01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # comes twice: the first one
        (date(2026, 1, 2), datetime(2026, 1, 2, 5, tzinfo=UTC)),
    ],
)
def test_moment(value, clean):
    assert moment(value) == clean


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2099-01-01", "future"),
        ("1850-01-01", "too_early"),
        ("03/04/2026", "not_a_time"),
        ("1772452800", "not_a_time"),
    ],
)
def test_bad_moment(value, code):
    assert why(moment, value) == code


def test_utc_is_told_from_the_shops_zone():
    assert moment("2026-03-02 12:00 UTC") != moment("2026-03-02 12:00")


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("FOOD >dairy", "Food > Dairy"),
        ("Food»Dairy > ", "Food > Dairy"),
        ("BBQ > Frozen/pizza", "BBQ > Frozen/pizza"),
        (" > ", None),
    ],
)
def test_category(value, clean):
    assert cleaning.clean_category(value) == clean


LETTERS_THAT_FALL_APART = ("\u1fe3", "\xdf", "\xdf\u0344", "i\u0307", "\ufb03x", "\u0149")


@pytest.mark.parametrize("value", LETTERS_THAT_FALL_APART)
def test_letters_that_change_case_as_several_are_clean_at_once(value):
    number, category = cleaning.clean_member_no(value, max_length=60), cleaning.clean_category(value)

    assert cleaning.clean_member_no(number, max_length=60) == number
    assert cleaning.clean_category(category) == category


def test_tags():
    assert cleaning.clean_tags("VIP; early  bird|vip,") == ("vip", "early bird")


def test_ip():
    assert cleaning.clean_ip("::ffff:192.0.2.1") == "192.0.2.1"
    assert why(cleaning.clean_ip, "300.1.1.1") == "not_an_ip"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBERS = st.one_of(
    TEXT, st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str), st.floats(), st.integers()
)
MOMENTS = st.one_of(TEXT, st.datetimes().map(str), st.dates().map(str), st.datetimes(timezones=st.just(UTC)))
WORDS = st.one_of(TEXT, st.sampled_from(sorted(vocabulary.ORDER_STATUSES)).map(str.title))
PATHS = st.lists(TEXT, max_size=4).map(" > ".join)
COUNTRIES = st.one_of(TEXT, st.sampled_from(["de", "Deutschland", "USA", "中国", "u.k."]))
EMAILS = st.one_of(TEXT, st.emails(), st.emails().map(str.upper))
PHONES = st.one_of(TEXT, st.from_regex(r"\+?[0-9 ()-]{5,15}", fullmatch=True))

CASES: dict[str, tuple[Callable[[Any], Any], st.SearchStrategy[Any]]] = {
    "key": (partial(cleaning.clean_key, max_length=60), TEXT),
    "text": (partial(cleaning.clean_text, max_length=60), TEXT),
    "member_no": (partial(cleaning.clean_member_no, max_length=60), TEXT),
    "email": (cleaning.clean_email, EMAILS),
    "phone": (partial(cleaning.clean_phone, region="US"), PHONES),
    "country": (cleaning.clean_country, COUNTRIES),
    "currency": (cleaning.clean_currency, st.one_of(TEXT, st.sampled_from(["usd", "€", "Rmb"]))),
    "language": (cleaning.clean_language, st.one_of(TEXT, st.sampled_from(["zh_CN", "Deutsch", "en-US"]))),
    "category": (cleaning.clean_category, PATHS),
    "tags": (cleaning.clean_tags, st.lists(TEXT).map(",".join)),
    "status": (partial(cleaning.clean_choice, words=vocabulary.ORDER_STATUSES), WORDS),
    "ip": (cleaning.clean_ip, st.one_of(TEXT, st.ip_addresses().map(str))),
    "decimal": (cleaning.clean_decimal, NUMBERS),
    "whole": (partial(cleaning.clean_whole, minimum=0, maximum=2**31 - 1), NUMBERS),
    "moment": (moment, MOMENTS),
    "day": (partial(moments.clean_day, latest=LATEST.date()), MOMENTS),
}


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_cleaning_what_is_clean_changes_nothing(name, data):
    clean, values = CASES[name]
    try:
        once = clean(data.draw(values))
    except Unclean:
        return
    assert clean(once) == once


@example(value=0.1 + 0.2)
@given(value=st.floats(0, 1e9))
def test_an_amount_from_a_float_is_the_nearest(value):
    assert abs(amount(value) - Decimal(repr(value)) * 1000) <= Decimal("0.5")


@given(value=st.decimals(0, 10**10, places=3))
def test_an_amount_from_text_is_exact(value):
    assert Decimal(amount(str(value))).scaleb(-3) == value
