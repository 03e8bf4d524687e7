"""Rows deleted in sets leave what Django's own deletion would leave."""

from __future__ import annotations

import pytest
from django.db.models import ProtectedError
from pytest_django import DjangoAssertNumQueries

from fraud.models import FraudScore
from importing.undoing.deleting import delete_rows
from membership.models import Member, Order, OrderItem, PointsEntry, Product
from tests.factories import FraudScoreFactory, MemberFactory, OrderFactory, OrderItemFactory

pytestmark = pytest.mark.django_db


def test_what_belongs_to_the_rows_goes_and_what_only_names_them_stays() -> None:
    order, other = OrderFactory(), OrderFactory()
    for one in (order, other):
        OrderItemFactory(order=one)
        FraudScoreFactory(order=one)
        PointsEntry.objects.create(member=one.member, points=5, reason="order", order=one)
    delete_rows(Order, [order.pk])
    assert list(Order.objects.all()) == [other]
    assert set(OrderItem.objects.values_list("order_id", flat=True)) == {other.pk}
    assert set(FraudScore.objects.values_list("order_id", flat=True)) == {other.pk}
    assert set(PointsEntry.objects.values_list("order_id", flat=True)) == {None, other.pk}


def test_what_others_need_is_protected() -> None:
    item = OrderItemFactory()
    with pytest.raises(ProtectedError):
        delete_rows(Product, [item.product_id])
    assert Product.objects.filter(pk=item.product_id).exists()


def test_many_rows_take_as_many_queries_as_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    members = MemberFactory.create_batch(60)
    with django_assert_max_num_queries(60):
        delete_rows(Member, [member.pk for member in members])
    assert not Member.objects.exists()


def test_nothing_is_asked_for_no_rows(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(0):
        delete_rows(Order, [])
