"""The lists of words that shops' files use."""

from __future__ import annotations

import pytest

from membership.cleaning import words
from membership.models import Event, Member, Order
from membership.models.members import Tier

LISTS = {
    "TIERS": set(Tier.values),
    "MEMBER_STATUSES": {Member.Status.ACTIVE, Member.Status.FROZEN},
    "CHANNELS": set(Order.Channel.values),
    "EVENT_TYPES": set(Event.Type.values),
    "LABEL_SOURCES": set(Order.LabelSource.values),
}


@pytest.mark.parametrize("name", LISTS)
def test_every_word_leads_to_a_value_that_the_database_accepts(name):
    assert set(getattr(words, name).values()) == LISTS[name]


@pytest.mark.parametrize(
    "name", [*LISTS, "PROMOTION_KINDS", "COUNTRY_ALIASES", "LANGUAGE_ALIASES", "BOOLEANS"]
)
def test_words_stand_in_the_form_in_which_they_are_looked_up(name):
    for word in getattr(words, name):
        assert word == word.casefold().strip()


@pytest.mark.parametrize("name", [*LISTS, "PROMOTION_KINDS"])
def test_words_have_no_hyphen_or_underscore_except_the_stored_ones(name):
    known = getattr(words, name)
    assert not [word for word in known if ("-" in word or "_" in word) and word != known[word]]


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("KWD", 3), ("USD", 2), ("CNY", 2)])
def test_minor_digits(currency, digits):
    assert words.MINOR_DIGITS.get(currency, 2) == digits
