from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from membership.models import ApiKey, ImportReport
from tests.factories import (
    AdminFactory,
    ApiKeyFactory,
    EventFactory,
    FraudScoreFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    SegmentFactory,
    SegmentMembershipFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
QUERIES = 14


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def report(**values: Any) -> ImportReport:
    defaults = {"kind": "orders", "file_name": "orders.csv", "file_path": "x", "file_sha256": "0" * 64}
    return ImportReport.objects.create(**(defaults | values))


@pytest.mark.parametrize(
    ("path", "factory"),
    [
        ("order", OrderFactory),
        ("product", ProductFactory),
        ("event", EventFactory),
        ("segment", SegmentFactory),
    ],
)
def test_lists_cost_the_same_whatever_their_length(
    boss: Client, django_assert_max_num_queries: Any, path: str, factory: Any
) -> None:
    factory.create_batch(32)
    with django_assert_max_num_queries(QUERIES):
        assert boss.get(f"/admin/membership/{path}/").status_code == 200


def test_orders_show_and_filter_by_the_fraud_decision(boss: Client) -> None:
    FraudScoreFactory(order__order_no="BAD-1", decision="decline")
    FraudScoreFactory(order__order_no="GOOD-1", decision="approve")
    page = boss.get("/admin/membership/order/", {"fraud_score__decision__exact": "decline"}).content.decode()
    assert "BAD-1" in page
    assert "GOOD-1" not in page


def test_order_days_are_days_of_the_shop_and_both_ends_count(boss: Client, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    OrderFactory(order_no="ON-MARCH-2", placed_at=datetime(2026, 3, 1, 16, 30, tzinfo=UTC))
    OrderFactory(order_no="ON-MARCH-3", placed_at=datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    days = {"placed_at_from": "2026-03-02", "placed_at_to": "2026-03-02"}
    page = boss.get("/admin/membership/order/", days).content.decode()
    assert "ON-MARCH-2" in page
    assert "ON-MARCH-3" not in page


def test_a_day_that_is_none_is_ignored(boss: Client) -> None:
    OrderFactory(order_no="HERE")
    assert "HERE" in boss.get("/admin/membership/order/", {"placed_at_from": "soon"}).content.decode()


def test_an_order_shows_its_lines_and_nobody_edits_it(boss: Client) -> None:
    item = OrderItemFactory(product__name="Ground coffee")
    url = reverse("admin:membership_order_change", args=(item.order_id,))
    assert "Ground coffee" in boss.get(url).content.decode()
    assert boss.post(url, {"order_no": "X"}).status_code == 403


def test_a_segment_lists_the_members_of_now(boss: Client, noon: datetime) -> None:
    stay = SegmentMembershipFactory(member__name="Still here")
    gone = noon + timedelta(days=1)
    SegmentMembershipFactory(segment=stay.segment, member__name="Left", exited_at=gone)
    url = reverse("admin:membership_segment_change", args=(stay.segment_id,))
    page = boss.get(url).content.decode()
    assert "Still here" in page
    assert ">Left<" not in page


def test_a_long_segment_is_paged(boss: Client, django_assert_max_num_queries: Any) -> None:
    segment = SegmentFactory()
    SegmentMembershipFactory.create_batch(30, segment=segment)
    url = reverse("admin:membership_segment_change", args=(segment.pk,))
    with django_assert_max_num_queries(QUERIES):
        page = boss.get(url).content.decode()
    assert page.count("/admin/membership/member/") < 30


def test_rejected_rows_can_be_downloaded(boss: Client, settings: Settings) -> None:
    folder = Path(settings.IMPORT_DIR)
    folder.mkdir(parents=True)
    (folder / "rejects.csv").write_text("row,reason\n2,bad\n", encoding="utf-8")
    url = reverse(
        "admin:membership_importreport_rejects", args=(report(rejected=1, rejects_path="rejects.csv").pk,)
    )
    answer = boss.get(url)
    assert b"".join(answer.streaming_content) == b"row,reason\n2,bad\n"  # type: ignore[attr-defined]
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["../secret_key", "/etc/passwd", "", "gone.csv"])
def test_no_other_file_can_be_downloaded(boss: Client, settings: Settings, path: str) -> None:
    Path(settings.IMPORT_DIR).mkdir(parents=True)
    (Path(settings.VAR_DIR) / "secret_key").write_text("s3cret", encoding="utf-8")
    url = reverse("admin:membership_importreport_rejects", args=(report(rejected=1, rejects_path=path).pk,))
    assert boss.get(url).status_code == 404


def test_rejected_rows_are_only_for_those_who_may_see_imports(client: Client) -> None:
    client.force_login(StaffFactory(groups=["Support"]))
    url = reverse("admin:membership_importreport_rejects", args=(report(rejects_path="r.csv").pk,))
    assert client.get(url).status_code == 403


def test_a_report_says_in_words_why_rows_were_flagged(admin_client: Client) -> None:
    row = report(flagged_by_reason={"product_created": 7})
    page = admin_client.get(reverse("admin:membership_importreport_change", args=(row.pk,))).content.decode()
    assert "product not known before; made from the order</dt><dd>7</dd>" in page


def test_an_import_says_why_rows_were_rejected(boss: Client) -> None:
    row = report(rejected=1234, rejected_by_reason={"unknown member": 1234})
    page = boss.get(reverse("admin:membership_importreport_change", args=(row.pk,))).content.decode()
    assert "unknown member" in page
    assert "1,234" in page


def test_the_progress_of_imports_is_json(boss: Client) -> None:
    row = report(status="running", progress=0.4, message="chunk 2 of 5")
    answer = boss.get(reverse("admin:membership_importreport_progress"), {"ids": f"{row.pk},x,999"}).json()
    assert answer["jobs"] == {
        str(row.pk): {"status": "running", "progress": 0.4, "text": "40% chunk 2 of 5", "finished": False}
    }


def test_a_new_key_is_shown_once(boss: Client) -> None:
    form = {"name": "storefront", "wanted_scopes": ["orders:write", "events:write"], "days": "30"}
    page = boss.post("/admin/membership/apikey/add/", form, follow=True).content.decode()
    key = ApiKey.objects.get()
    assert (key.name, key.scopes) == ("storefront", ["orders:write", "events:write"])
    assert key.prefix in page.replace("&#x27;", "'")
    assert page.count("is not shown again") == 1
    again = boss.get(reverse("admin:membership_apikey_change", args=(key.pk,))).content.decode()
    assert "is not shown again" not in again


def test_a_key_without_scopes_is_not_made(boss: Client) -> None:
    boss.post("/admin/membership/apikey/add/", {"name": "x"})
    assert not ApiKey.objects.exists()


def test_withdrawing_a_key_needs_post(boss: Client) -> None:
    key = ApiKeyFactory()
    url = reverse("admin:membership_apikey_revoke", args=(key.pk,))
    boss.get(url)
    key.refresh_from_db()
    assert key.revoked_at is None
    boss.post(url, {"_form_submitted": "1"})
    key.refresh_from_db()
    assert key.revoked_at is not None
