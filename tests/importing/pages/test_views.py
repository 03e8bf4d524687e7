from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from importing.uploads.reading_options import ReadingOptions
from importing.uploads.starting import start_import
from membership.models import ImportReport, Order, Upload
from tests.factories import AdminFactory, StaffFactory
from tests.importing.upload_files import SHOPIFY_ORDERS, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def data_user(client: Any) -> User:
    """Somebody of the group Data, logged in."""
    user: User = StaffFactory.create()
    user.groups.add(Group.objects.get(name="Data"))
    client.force_login(user)
    return user


def checked(user: User, content: str = SHOPIFY_ORDERS, **options: Any) -> ImportReport:
    upload = uploaded("orders.csv", content, owner=f"user:{user.pk}")
    report, _is_new = start_import(uploads=[upload], options=ReadingOptions(**options), dry_run=True)
    from importing.tasks import resume_import

    resume_import(report.pk)
    report.refresh_from_db()
    return report


def page_of(report: ImportReport) -> str:
    return reverse("import_page", args=(report.public_id,))


def begins_with(html: str) -> dict[str, Any]:
    match = re.search(r'data-begin="([^"]*)"', html)
    assert match
    return json.loads(unescape(match[1]))  # type: ignore[no-any-return]  # there is a match


def test_the_group_data_uploads_checks_and_imports(
    client: Any, data_user: User, django_capture_on_commit_callbacks: Any
) -> None:
    assert client.get(reverse("new_import")).status_code == 200
    report = checked(data_user)
    assert "$24.00" in client.get(page_of(report)).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("import_now", args=(report.public_id,)))
    made = ImportReport.objects.get(dry_run=False)
    assert answer["Location"] == page_of(made)
    assert Order.objects.count() == 2
    html = client.get(page_of(made)).content.decode()
    assert reverse("admin:membership_importreport_change", args=(made.pk,)) in html


@pytest.mark.parametrize("group", ["Support", "Marketing", "Risk", None])
def test_others_are_refused(client: Any, group: str | None) -> None:
    report = checked(AdminFactory.create())
    user = StaffFactory.create()
    if group:
        user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    assert client.get(reverse("new_import")).status_code == 403
    assert client.get(page_of(report)).status_code == 403
    assert client.post(reverse("import_now", args=(report.public_id,))).status_code == 403


def test_nobody_is_sent_to_the_login(client: Any) -> None:
    assert client.get(reverse("new_import")).status_code == 302


def test_only_a_check_is_imported_by_its_button(client: Any, data_user: User) -> None:
    report = checked(data_user)
    ImportReport.objects.update(dry_run=False)
    assert client.post(reverse("import_now", args=(report.public_id,))).status_code == 403
    assert client.get(reverse("import_now", args=(report.public_id,))).status_code == 405


def test_a_removed_file_is_said(client: Any, data_user: User) -> None:
    report = checked(data_user)
    Upload.objects.get().path.unlink()
    answer = client.post(reverse("import_now", args=(report.public_id,)), follow=True)
    assert "The file of this check was removed" in answer.content.decode()


def test_a_check_is_changed_with_its_own_choices(client: Any, data_user: User) -> None:
    report = checked(data_user, date_order="dmy")
    html = client.get(reverse("new_import"), {"check": str(report.public_id)}).content.decode()
    begin = begins_with(html)
    assert begin["uploads"] == [str(Upload.objects.get().public_id)]
    assert (begin["options"]["kind"], begin["options"]["date_order"]) == ("orders", "dmy")


@pytest.mark.parametrize("check", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_another_address_begins_with_nothing(client: Any, data_user: User, check: str) -> None:
    assert begins_with(client.get(reverse("new_import"), {"check": check}).content.decode()) == {}


def test_a_refused_file_is_one_sentence_on_its_page(client: Any, data_user: User) -> None:
    report = checked(data_user, mapping=(("Lineitem sku", "sku"), ("Nothing", "store")))
    assert report.status == "failed"
    assert "The file has no column Nothing" in client.get(page_of(report)).content.decode()


def test_an_unknown_import_is_not_found(client: Any, data_user: User) -> None:
    address = reverse("import_page", args=("00000000-0000-0000-0000-000000000000",))
    assert client.get(address).status_code == 404


def test_without_a_queue_the_import_waits(client: Any, data_user: User, broker_away: None) -> None:
    report = checked(data_user)
    client.post(reverse("import_now", args=(report.public_id,)))
    assert ImportReport.objects.get(dry_run=False).status == "queued"


def test_the_list_of_imports_leads_here(client: Any, data_user: User) -> None:
    html = client.get(reverse("admin:membership_importreport_changelist")).content.decode()
    address = re.search(r'href="([^"]*import-a-file[^"]*|[^"]*import_a_file[^"]*)"', html)
    assert address
    assert client.get(address[1])["Location"] == reverse("new_import")
