"""The admin's page about everything that apps have registered."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from config.registered import Table
from tests.factories import StaffFactory


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("group", "status"), [("Admin", 200), ("Data", 200), ("Support", 403), ("Marketing", 403), ("Risk", 403)]
)
def test_the_admin_page_is_for_those_who_keep_the_program(client: Client, group: str, status: int):
    user = StaffFactory()
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    answer = client.get("/admin/registered/")
    assert answer.status_code == status
    if status == 200:
        assert "churn_risk" in answer.content.decode()


@pytest.mark.django_db
def test_names_of_the_code_are_marked_and_titles_are_not(client: Client) -> None:
    user = StaffFactory()
    user.groups.add(Group.objects.get(name="Admin"))
    client.force_login(user)

    page = client.get("/admin/registered/").content.decode()

    assert "<td><code>churn_risk</code></td>" in page
    assert "<td>Fraud</td>" in page
    assert client.post("/admin/registered/").status_code == 405


def test_a_row_marks_all_but_its_title() -> None:
    table = Table("Kinds", "a.py", ("Name", "Title"), [("orders", "Orders")])
    assert table.marked_rows() == [[("orders", True), ("Orders", False)]]
