from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from importing.tasks import remove_old_uploads, resume_import
from importing.uploads.reading_options import ReadingOptions
from importing.uploads.starting import grouped, import_checked, start_import
from membership.errors import Conflict, Rejected
from membership.models import ImportReport, Order, Upload
from tests.importing.upload_files import SHOPIFY_ORDERS, uploaded

pytestmark = pytest.mark.django_db


def start(*uploads: Upload, dry_run: bool = False) -> ImportReport:
    return start_import(uploads=uploads, options=ReadingOptions(), dry_run=dry_run)[0]


def test_a_worker_that_died_before_the_first_row_loses_nothing() -> None:
    report = start(uploaded("orders.csv", SHOPIFY_ORDERS))
    ImportReport.objects.update(status="running", lease_expires_at=timezone.now() - timedelta(seconds=1))
    resume_import(report.pk)
    report.refresh_from_db()
    assert (report.status, Order.objects.count()) == ("succeeded", 2)


def test_the_kind_is_told_from_the_headings() -> None:
    assert start(uploaded("m.csv", "member_no,email\nM1,a@example.com\n")).kind == "members"


def test_headings_of_no_kind_are_refused() -> None:
    with pytest.raises(Rejected, match="choose the kind"):
        start(uploaded("w.csv", "wind,rain\n1,2\n"))


def test_a_file_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Rejected, match="damaged or truncated ZIP"):
        start(uploaded("w.zip", b"PK\x03\x04"))


def test_a_check_is_imported_as_it_was_read() -> None:
    check = start(uploaded("orders.csv", SHOPIFY_ORDERS), dry_run=True)
    made, is_new = import_checked(report=check)
    assert is_new
    assert (made.options, made.dry_run, list(made.uploads.all())) == (
        check.options, False, list(check.uploads.all()),
    )  # fmt: skip
    assert import_checked(report=check) == (made, False)


def test_a_check_without_its_file_is_not_imported() -> None:
    check = start(uploaded("orders.csv", SHOPIFY_ORDERS), dry_run=True)
    check.uploads.get().path.unlink()
    with pytest.raises(Conflict):
        import_checked(report=check)


def test_a_started_import_keeps_its_file_longer() -> None:
    report = start(uploaded("orders.csv", SHOPIFY_ORDERS, expires_at=timezone.now() - timedelta(days=1)))
    assert report.uploads.get().expires_at > timezone.now()
    assert remove_old_uploads() == 0


def test_a_file_that_cannot_be_read_is_a_group_of_its_own() -> None:
    groups = grouped([uploaded("w.zip", b"PK\x03\x04"), uploaded("m.csv", "member_no,email\n")])
    assert [(group.kind, group.label, len(group.uploads)) for group in groups] == [
        ("members", "Members", 1), ("", "", 1),
    ]  # fmt: skip


def test_a_file_that_was_removed_in_another_tab_is_not_imported() -> None:
    upload = uploaded("orders.csv", SHOPIFY_ORDERS)
    stale = Upload.objects.get(pk=upload.pk)
    Upload.objects.filter(pk=upload.pk).delete()
    with pytest.raises(Conflict, match="was removed; upload it again"):
        start(stale)
    assert not ImportReport.objects.exists()


def test_a_check_of_two_files_is_imported_only_with_both() -> None:
    orders = uploaded("o.csv", "order_no,member_no,placed_at\n1,M1,2026-03-01\n")
    lines = uploaded("l.csv", "order_no,sku,quantity,unit_price\n1,A,1,2\n")
    check = start(orders, lines, dry_run=True)
    resume_import(check.pk)
    lines.path.unlink()
    with pytest.raises(Conflict, match="was removed"):
        import_checked(report=check)


@pytest.mark.usefixtures("threaded_db")
def test_import_pressed_twice_at_once_is_one_import() -> None:
    upload = uploaded("orders.csv", SHOPIFY_ORDERS)

    def press() -> int:
        try:
            return start(upload).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as tabs:
        started = {one.result() for one in [tabs.submit(press) for _tab in range(4)]}
    assert started == {ImportReport.objects.get().pk}
