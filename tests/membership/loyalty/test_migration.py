"""Points that were there before lots: the migration gives every movement its lot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps
from django.utils import timezone

from membership.loyalty.verifying import differences
from membership.models import Member
from tests.membership.loyalty.shop import check_ledger, standing


def migrated(ending: str) -> tuple[str, MigrationExecutor]:
    """Bring the database to where the migration of ours whose name ends so leaves it."""
    executor = MigrationExecutor(connection)
    name = next(
        name for app, name in executor.loader.graph.nodes if app == "membership" and name.endswith(ending)
    )
    executor.migrate([("membership", name)])
    return name, MigrationExecutor(connection)


@pytest.fixture
def before_lots(transactional_db: None) -> Iterator[StateApps]:
    name, executor = migrated("_loyalty")
    yield executor.loader.project_state([("membership", name)]).apps
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_a_spent_point_no_longer_expires(before_lots):
    now, day = timezone.now(), timedelta(days=1)
    member = before_lots.get_model("membership", "Member").objects.create(member_no="A1")
    entries = before_lots.get_model("membership", "PointsEntry").objects
    for points, moment, expires_at in (
        (100, now - 9 * day, now - 2 * day),
        (-100, now - 8 * day, None),
        (50, now - 7 * day, None),
        (30, now - 7 * day, now - day),
    ):
        entries.create(member=member, points=points, reason="x", occurred_at=moment, expires_at=expires_at)
    migrated("_points_triggers")
    ann = Member.objects.get(member_no="A1")
    assert standing(ann) == (50, 0)
    assert differences().lines == []
    check_ledger(ann, at=timezone.now())
