"""What the admin needs from several apps at once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django_celery_beat.models import PeriodicTask

from config.admin import permission_label
from membership.models import Order
from tests.factories import (
    AdminFactory,
    FraudScoreFactory,
)

pytestmark = pytest.mark.django_db
QUERIES = 14


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def test_orders_show_and_filter_by_the_fraud_decision(boss: Client) -> None:
    FraudScoreFactory(order__order_no="BAD-1", decision="decline")
    FraudScoreFactory(order__order_no="GOOD-1", decision="approve")
    page = boss.get("/admin/membership/order/", {"fraud_score__decision__exact": "decline"}).content.decode()
    assert "BAD-1" in page
    assert "GOOD-1" not in page


def test_permissions_are_shown_in_the_readers_language(boss: Client) -> None:
    boss.cookies["django_language"] = "zh-hans"
    page = boss.get("/admin/auth/group/add/").content.decode()
    assert "会员 | 门店 | 可查看" in page
    assert "Can view" not in page


def test_a_permission_that_django_does_not_make_keeps_its_name() -> None:
    kind = ContentType.objects.get_for_model(Order)
    permission = Permission.objects.create(codename="export_order", name="May export", content_type=kind)
    assert permission_label(permission) == "Members | order | May export"


def test_the_schedules_entries_are_listed_in_the_readers_language(boss: Client) -> None:
    boss.cookies["django_language"] = "zh-hans"
    task = PeriodicTask.objects.get(name="Retrain segments")
    page = boss.get("/admin/django_celery_beat/periodictask/").content.decode()
    assert "重新训练分群模型" in page
    form = boss.get(f"/admin/django_celery_beat/periodictask/{task.pk}/change/").content.decode()
    assert "重新训练分群模型" in form
    assert 'value="Retrain segments"' in form  # stored as it is


def test_an_entry_of_the_schedule_that_is_gone_leads_back_to_the_list(boss: Client) -> None:
    answer = boss.get("/admin/django_celery_beat/periodictask/9999/change/")
    assert answer.status_code == 302
