"""All cleaners: what comes out of one goes through it unchanged, and nothing but Unclean is raised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from membership.cleaning import values as cleaning
from membership.cleaning.order_words import ORDER_STATUSES
from membership.cleaning.values import Unclean

LATEST = datetime(2026, 11, 24, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
moment = partial(cleaning.clean_moment, zone=NEW_YORK, latest=LATEST)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBERS = st.one_of(
    TEXT, st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str), st.floats(), st.integers()
)
MOMENTS = st.one_of(TEXT, st.datetimes().map(str), st.dates().map(str), st.datetimes(timezones=st.just(UTC)))
WORDS = st.one_of(TEXT, st.sampled_from(sorted(ORDER_STATUSES)).map(str.title))
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
    "status": (partial(cleaning.clean_choice, words=ORDER_STATUSES), WORDS),
    "ip": (cleaning.clean_ip, st.one_of(TEXT, st.ip_addresses().map(str))),
    "decimal": (cleaning.clean_decimal, NUMBERS),
    "whole": (partial(cleaning.clean_whole, minimum=0, maximum=2**31 - 1), NUMBERS),
    "moment": (moment, MOMENTS),
    "day": (partial(cleaning.clean_day, latest=LATEST.date()), MOMENTS),
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


ANYTHING = st.one_of(
    st.none(),
    TEXT,
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(max_size=8),
    st.decimals(),
    st.dates(),
)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=25)
@given(data=st.data())
def test_a_value_of_any_type_is_cleaned_or_refused_with_a_code(name, data):
    value, code = data.draw(ANYTHING), "clean"
    try:
        CASES[name][0](value)
    except Unclean as error:
        code = error.code
    assert code.replace("_", "").isalpha()


@pytest.mark.parametrize("name", sorted(set(CASES) - {"tags", "category"}))
@pytest.mark.parametrize("nothing", [None, "", "   ", float("nan"), "\ufeff"])
def test_an_empty_cell_is_no_value(name, nothing):
    assert CASES[name][0](nothing) is None
