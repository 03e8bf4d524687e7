from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client, RequestFactory

from config.backoffice.staff_groups import GROUPS
from tests.factories import AdminFactory, FraudAlertFactory, StaffFactory

pytestmark = pytest.mark.django_db


def links(user: Any) -> list[str]:
    """The addresses in the sidebar of ``user``."""
    request = RequestFactory().get("/admin/")
    request.user = user
    groups = admin.site.get_sidebar_list(request)  # type: ignore[attr-defined]  # Unfold's site
    return [str(item["link"]) for group in groups for item in group["items"] if item["has_permission"]]


def test_every_page_of_the_sidebar_opens(client: Client) -> None:
    user = AdminFactory()
    client.force_login(user)
    urls = links(user)
    assert len(urls) > 20
    assert {link: client.get(link).status_code for link in urls} == dict.fromkeys(urls, 200)


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_can_open_what_its_sidebar_shows(client: Client, group: str) -> None:
    user = StaffFactory(groups=[group])
    client.force_login(user)
    urls = links(user)
    assert {link: client.get(link).status_code for link in urls} == dict.fromkeys(urls, 200)


def test_support_sees_members_but_no_models_and_no_keys() -> None:
    urls = links(StaffFactory(groups=["Support"]))
    assert "/admin/membership/member/" in urls
    assert not [link for link in urls if "registry" in link or "apikey" in link or "auth" in link]


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/admin/membership/segment/", "/admin/membership/segment/"),
        ("/admin/membership/segment/add/", "/admin/membership/segment/"),
        ("/admin/membership/segment/rfm/", "/admin/membership/segment/rfm/"),
    ],
)
def test_one_link_is_marked_as_the_page_that_is_open(path: str, marked: str) -> None:
    request = RequestFactory().get(path)
    request.user = AdminFactory()
    items = [item for group in admin.site.get_sidebar_list(request) for item in group["items"]]  # type: ignore[attr-defined]  # Unfold's site
    assert [str(item["link"]) for item in items if item["active"]] == [marked]


def test_the_open_alerts_are_counted_beside_their_link(client: Client) -> None:
    FraudAlertFactory.create_batch(3)
    request = RequestFactory().get("/admin/")
    request.user = AdminFactory()
    items = [item for group in admin.site.get_sidebar_list(request) for item in group["items"]]  # type: ignore[attr-defined]  # Unfold's site
    assert [item["badge"] for item in items if "badge" in item] == [3]


def test_groups_are_made_by_migrate_and_keep_what_was_added() -> None:
    support = Group.objects.get(name="Support")
    extra = Group.objects.get(name="Admin").permissions.exclude(pk__in=support.permissions.all()).first()
    assert extra is not None
    support.permissions.add(extra)
    call_command("migrate", verbosity=0)
    assert extra in support.permissions.all()
    assert set(Group.objects.values_list("name", flat=True)) >= set(GROUPS)


def test_other_peoples_pages_have_the_same_look(client: Client) -> None:
    client.force_login(AdminFactory())
    for path in ("auth/user/add/", "auth/group/add/", "django_celery_beat/periodictask/add/"):
        page = client.get(f"/admin/{path}")
        assert page.status_code == 200
        assert 'id="nav-sidebar-apps"' in page.content.decode()
