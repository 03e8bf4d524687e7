"""E-mail, phone, country, language, currency and IP address."""

from __future__ import annotations

from functools import partial

import pytest

from membership.cleaning import contacts as cleaning
from membership.cleaning.text import Unclean

phone = partial(cleaning.clean_phone, region="US")


def why(clean, value) -> str:
    with pytest.raises(Unclean) as caught:
        clean(value)
    return caught.value.code


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


def test_ip():
    assert cleaning.clean_ip("::ffff:192.0.2.1") == "192.0.2.1"
    assert why(cleaning.clean_ip, "300.1.1.1") == "not_an_ip"


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("李@例子.中国", "李@例子.中国"),
        ("none", None),
        (None, None),
    ],
)
def test_email(value, clean):
    assert cleaning.clean_email(value) == clean


@pytest.mark.parametrize("value", ["ann", "ann@", "@example.com", "a b@example.com", "a@b@c.com"])
def test_what_is_no_e_mail_address_is_refused(value):
    assert why(cleaning.clean_email, value) == "not_an_email"


@pytest.mark.parametrize(
    ("value", "region", "clean"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+86 138 0013 8000", "US", "+8613800138000"),
        ("n/a", "US", None),
    ],
)
def test_phone(value, region, clean):
    assert cleaning.clean_phone(value, region=region) == clean


@pytest.mark.parametrize("value", ["123", "call me", "+999123456789", "+310000000"])
def test_what_is_no_phone_number_is_refused(value):
    assert why(phone, value) == "not_a_phone"


def test_a_number_without_a_country_code_needs_a_region():
    assert why(partial(cleaning.clean_phone, region=""), "212 555 0123") == "not_a_phone"


@pytest.mark.parametrize(
    ("number", "country"), [("+442079460018", "GB"), ("+8613800138000", "CN"), ("+80012345678", "001")]
)
def test_the_country_of_a_phone_number(number, country):
    assert cleaning.country_of_phone(number) == country


def test_an_unknown_country_is_refused():
    assert why(cleaning.clean_country, "Narnia") == "not_a_country"


@pytest.mark.parametrize(
    ("value", "clean"),
    [("zh_CN", "zh-hans"), ("zh-TW", "zh-hant"), ("Deutsch", "de"), ("en-US", "en-us"), ("null", None)],
)
def test_language(value, clean):
    assert cleaning.clean_language(value) == clean


@pytest.mark.parametrize("value", ["e", "english please", "en-US-x-private-use", "12"])
def test_what_is_no_language_tag_is_refused(value):
    assert why(cleaning.clean_language, value) == "not_a_language"


def test_ip_addresses_are_stored_in_their_short_form():
    assert cleaning.clean_ip("2001:0db8::0001") == "2001:db8::1"
    assert cleaning.clean_ip("-") is None
    assert why(cleaning.clean_ip, "fe80::1%eth0") == "not_an_ip"


def test_spellings_of_one_mailbox_are_equal():
    assert cleaning.same_mailbox("a.n.n+shop@googlemail.com") == cleaning.same_mailbox("ann@gmail.com")
    assert cleaning.same_mailbox("a.nn@x.de") != cleaning.same_mailbox("ann@x.de")
