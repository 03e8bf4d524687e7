"""Which status follows which, and why not."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from membership.errors import Conflict
from membership.models import Order
from membership.orders.statuses import MOVES, check_editable, check_move, check_refundable, refusal

STATUSES = list(Order.Status.values)


def test_every_status_has_its_moves() -> None:
    assert set(MOVES) == set(STATUSES)


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_what_is_not_allowed_is_refused_in_words_of_both_languages(before, after) -> None:
    english = refusal(before=before, after=after)
    with override("zh-hans"):
        chinese = refusal(before=before, after=after)

    assert bool(english) == (after not in MOVES[before])
    assert not english or any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_a_refusal_is_a_conflict_about_the_status() -> None:
    with pytest.raises(Conflict, match="refund it instead") as caught:
        check_move(order=Order(status="shipped"), status="cancelled")

    assert [error.field for error in caught.value.errors] == ["status"]


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"paid", "shipped", "completed"}))
def test_only_what_was_paid_is_refunded(status) -> None:
    with pytest.raises(Conflict):
        check_refundable(Order(status=status), by_line=False)


def test_goods_may_come_back_after_the_money() -> None:
    check_refundable(Order(status="refunded"), by_line=True)


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"pending", "paid", "held"}))
def test_lines_stand_once_the_order_has_left(status) -> None:
    with pytest.raises(Conflict, match="no longer"):
        check_editable(Order(status=status))
