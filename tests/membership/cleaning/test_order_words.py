from __future__ import annotations

import pytest

from membership.cleaning.order_words import ORDER_STATUSES
from membership.models import Order


def test_every_word_leads_to_a_state_of_an_order():
    assert set(ORDER_STATUSES.values()) == set(Order.Status.values)


def test_words_stand_in_the_form_in_which_they_are_looked_up():
    assert [
        word for word in ORDER_STATUSES if word != word.casefold().strip() or "-" in word or "_" in word
    ] == []


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("배송완료", "completed"),
        ("отменён", "cancelled"),
        ("wysłane", "shipped"),
        ("komplett bezahlt", "paid"),
    ],
)
def test_states_in_other_languages(word: str, status: str):
    assert ORDER_STATUSES[word] == status
