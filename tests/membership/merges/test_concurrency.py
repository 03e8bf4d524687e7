"""Merges beside other writers: one of two wins, nobody waits for ever, and no order is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from membership.errors import ServiceError
from membership.loyalty.ledger import add_points
from membership.members import lookups
from membership.merges import merging
from membership.merges.late import move_late_rows
from membership.merges.merging import merge_members
from membership.merges.relations import MergeFollower
from membership.merges.undoing import undo_merge
from membership.models import Member, Merge, MergedRow, Order, OrderItem, PointsEntry
from membership.orders import taking
from membership.orders.moving import move_order
from tests.membership.merges.people import pair
from tests.membership.orders.makers import product, taken


def together(*calls: Callable[[], object]) -> list[object]:
    """Run all at once, each in a thread; what each came to, a refusal by its text."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        start.wait()
        try:
            return call()
        except ServiceError as error:
            return error.message
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_merges_at_once_one_wins(threaded_db) -> None:
    keep, other = pair()
    answers = together(
        lambda: merge_members(keep=keep, other=other, who="a"),
        lambda: merge_members(keep=other, other=keep, who="b"),
    )
    assert [type(answer) for answer in answers].count(Merge) == 1
    assert Merge.objects.count() == 1
    assert Member.objects.filter(status="merged").count() == 1


def test_an_undo_happens_once(threaded_db) -> None:
    keep, other = pair()
    made = merge_members(keep=keep, other=other, who="a")
    answers = together(*[lambda: undo_merge(merge=Merge.objects.get(pk=made.pk), who="b")] * 2)
    assert [type(answer) for answer in answers].count(Merge) == 1


def test_orders_that_arrive_during_a_merge_end_with_the_kept_member(threaded_db) -> None:
    product("TEA", "2.50", stock=100)
    keep, other = pair()

    def order(number: int) -> Callable[[], object]:
        return lambda: taken({"TEA": 1}, member=other, order_no=f"N{number}")

    answers = together(
        *(order(number) for number in range(4)), lambda: merge_members(keep=keep, other=other, who="a")
    )
    assert {type(answer) for answer in answers} == {Order, Merge}
    move_late_rows()
    for model in (Order, OrderItem):
        assert set(model.objects.values_list("member_id", flat=True)) == {keep.pk}
        assert model.objects.count() == 4


def test_an_order_that_is_stored_while_the_merge_holds_the_member_follows(threaded_db, monkeypatch) -> None:
    """The order has looked its member up; it is written only once the merge has committed."""
    product("TEA", "2.50", stock=100)
    keep, other = pair()
    locked, looked_up = threading.Event(), threading.Event()
    lock, find = merging.lock_members, lookups.find_member

    def slow_lock(first: Member, second: Member) -> tuple[Member, Member]:
        rows = lock(first, second)
        locked.set()
        assert looked_up.wait(10)
        return rows

    def late_find(name: str) -> Member:
        assert locked.wait(10)
        found = find(name)
        looked_up.set()
        return found

    monkeypatch.setattr(merging, "lock_members", slow_lock)
    monkeypatch.setattr(taking, "find_member", late_find)

    def order() -> object:
        return taken({"TEA": 1}, member=other)

    answers = together(lambda: merge_members(keep=keep, other=other, who="a"), order)
    assert {type(answer) for answer in answers} == {Order, Merge}
    monkeypatch.undo()
    move_late_rows()
    assert [row.member_id for row in (*Order.objects.all(), *OrderItem.objects.all())] == [keep.pk] * 2


def test_points_and_orders_of_both_change_while_they_are_merged(threaded_db) -> None:
    product("TEA", "2.50", stock=100)
    keep, other = pair()
    for member in (keep, other):
        add_points(member=member, points=100, reason="given")
    orders = [taken({"TEA": 1}, member=member, order_no=f"O{member.pk}") for member in (keep, other)]
    answers = together(
        lambda: merge_members(keep=keep, other=other, who="a"),
        *(lambda one=one: move_order(order=one, status="shipped", source="test") for one in orders),
        lambda: add_points(member=keep, points=-150, reason="spent"),
    )
    assert isinstance(answers[0], Merge)
    assert set(Order.objects.values_list("member_id", "status")) == {(keep.pk, "shipped")}
    spent = -sum(PointsEntry.objects.filter(points__lt=0).values_list("points", flat=True))
    assert (spent, keep.points_balance()) in ((0, 200), (150, 50))


def test_an_error_leaves_nothing_behind(db, monkeypatch) -> None:
    keep, other = pair()

    def fail(_merge: Merge) -> None:
        raise RuntimeError("cannot follow")

    monkeypatch.setattr(merging, "merge_followers", lambda: {"test": MergeFollower(merged=fail)})
    with pytest.raises(RuntimeError, match="cannot follow"):
        merge_members(keep=keep, other=other, who="a")
    assert not MergedRow.objects.exists()
    other.refresh_from_db()
    assert other.status == "active"
