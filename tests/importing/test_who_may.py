"""Each group of staff at each page and route of imports, logged in as their browsers are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from rest_framework.test import APIClient

from importing.running import run_import
from importing.tasks import resume_import
from importing.uploads.reading_options import ReadingOptions
from importing.uploads.starting import start_import
from membership.models import ImportReport, ImportUndo, Member, Order, SavedMapping, Upload
from tests.factories import StaffFactory
from tests.importing.import_files import write_csv
from tests.importing.upload_files import SHOPIFY_ORDERS, uploaded

pytestmark = pytest.mark.django_db
MAY, MAY_NOT = ("Data", "Admin"), ("Support", "Marketing", "Risk", None)
API = "/api/v1/imports/"


class Desk:
    """What the shop has imported: a check of orders, and an import of members that has a rejected row."""

    def __init__(self, folder: Any) -> None:
        upload = uploaded("orders.csv", SHOPIFY_ORDERS, owner="user:0")
        self.upload = str(upload.public_id)
        self.check, _is_new = start_import(uploads=[upload], options=ReadingOptions(), dry_run=True)
        resume_import(self.check.pk)
        rows = [{"member_no": "M1", "name": "Ana"}, {"member_no": "", "name": "Bo"}]
        self.report = run_import(kind="members", path=write_csv(folder / "members.csv", rows))
        self.mapping = SavedMapping.objects.create(
            name="ours", kind="orders", signature="0" * 64, options={}, headings=[]
        )

    def requests(self) -> Iterator[tuple[str, str, str]]:
        """(method, address, what a reader of imports may do)."""
        check, report = self.check.public_id, self.report.public_id
        yield "get", reverse("new_import"), "add"
        yield "get", reverse("import_page", args=(check,)), "view"
        yield "post", reverse("import_now", args=(check,)), "add"
        yield "post", reverse("correct_rows", args=(report,)), "add"
        yield "get", reverse("undo_import", args=(report,)), "delete"
        yield "post", reverse("undo_import", args=(report,)), "delete"
        yield "get", reverse("admin:membership_importreport_changelist"), "view"
        yield "get", reverse("admin:membership_importreport_change", args=(self.report.pk,)), "view"
        yield "get", reverse("admin:membership_importreport_rejects", args=(self.report.pk,)), "view"
        yield "get", API, "view"
        yield "post", API, "add"
        yield "get", f"{API}{report}/", "view"
        yield "get", f"{API}groups/", "add"
        yield "post", f"{API}preview/", "add"
        yield "get", f"{API}mappings/", "view"
        yield "post", f"{API}mappings/", "add"
        yield "delete", f"{API}mappings/{self.mapping.public_id}/", "add"
        yield "get", f"{API}uploads/", "add"
        yield "post", f"{API}uploads/", "add"
        yield "get", f"{API}uploads/{self.upload}/", "add"
        yield "delete", f"{API}uploads/{self.upload}/", "add"
        yield "post", f"{API}{check}/run/", "add"
        yield "get", f"{API}{report}/undo/", "view"
        yield "post", f"{API}{report}/undo/", "delete"


@pytest.fixture
def desk(tmp_path: Any) -> Desk:
    return Desk(tmp_path)


def logged_in(group: str | None, *permissions: str) -> APIClient:
    """A browser with the session of a user of this group."""
    user = StaffFactory.create()
    if group:
        user.groups.add(Group.objects.get(name=group))
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    browser = APIClient()
    browser.force_login(user)
    return browser


def stored() -> tuple[int, ...]:
    return tuple(
        model.objects.count() for model in (ImportReport, ImportUndo, Member, Order, SavedMapping, Upload)
    )


@pytest.mark.parametrize("group", MAY_NOT)
def test_other_groups_are_refused_everywhere_and_nothing_changes(desk: Desk, group: str | None) -> None:
    browser, before = logged_in(group), stored()
    answers = [(method, url, getattr(browser, method)(url)) for method, url, _of in desk.requests()]
    assert not [(method, url) for method, url, answer in answers if answer.status_code != 403]
    assert stored() == before


@pytest.mark.parametrize("group", MAY)
def test_data_and_admin_are_refused_nowhere(
    desk: Desk, group: str, django_capture_on_commit_callbacks: Any
) -> None:
    browser = logged_in(group)
    with django_capture_on_commit_callbacks(execute=False):
        answers = [(method, url, getattr(browser, method)(url)) for method, url, _of in desk.requests()]
    assert not [(method, url) for method, url, answer in answers if answer.status_code in (401, 403)]
    assert not [url for _method, url, answer in answers if "login" in answer.headers.get("Location", "")]


def test_who_may_only_view_starts_changes_and_undoes_nothing(desk: Desk) -> None:
    browser, before = logged_in(None, "view_importreport"), stored()
    for method, url, needs in desk.requests():
        status = getattr(browser, method)(url).status_code
        assert (status == 403) == (needs != "view"), (method, url, status)
    assert stored() == before


def test_without_a_login_pages_ask_for_one_and_routes_say_401(desk: Desk) -> None:
    browser = APIClient()
    for method, url, _of in desk.requests():
        answer = getattr(browser, method)(url)
        if url.startswith("/api/"):
            assert answer.status_code == 401, (method, url)
        else:
            assert (answer.status_code, "login" in answer.headers["Location"]) == (302, True), (method, url)
