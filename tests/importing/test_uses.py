"""What keeps a row when an import is undone."""

from __future__ import annotations

import pytest
from django.apps import apps

from importing.uses import computed_tables, relations, used_by
from membership.models import Event, Member, MemberFeatures, Order
from tests.factories import EventFactory, MemberFactory


def test_every_table_that_names_an_order_is_looked_at():
    labels = {key.model._meta.label for key in relations(Order)}
    assert {
        "membership.OrderItem",
        "membership.PointsEntry",
        "fraud.DecisionLog",
        "fraud.FraudAlert",
    } <= labels


def test_registered_tables_exist():
    assert all(apps.get_model(table.label) for table in computed_tables())


def test_logs_and_decisions_are_not_computed():
    labels = {table.label for table in computed_tables()}
    assert not labels & {"fraud.DecisionLog", "fraud.RuleHit", "fraud.AlertReview", "membership.Consent"}


@pytest.mark.django_db
def test_computed_rows_use_nothing_and_own_rows_neither():
    member, other = MemberFactory.create(), MemberFactory.create()
    MemberFeatures.objects.create(member=member)
    event = EventFactory.create(member=other)
    ids = [member.pk, other.pk]
    assert used_by(Member, ids, own={}, apart=()) == {other.pk: Event._meta.label}
    assert used_by(Member, ids, own={Event._meta.label: event.pk.__eq__}, apart=()) == {}
    assert used_by(Member, ids, own={}, apart=(Event._meta.label,)) == {}
