"""The groups of staff and what each may do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from config.backoffice.staff_groups import GROUPS, _matches, create_staff_groups


def permissions(group: str) -> set[str]:
    rows = Group.objects.get(name=group).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


@pytest.mark.parametrize(
    ("permission", "pattern", "matches"),
    [
        ("fraud.view_fraudalert", "fraud.view_*", True),
        ("fraud.change_fraudalert", "fraud.view_*", False),
        ("membership.add_product", "membership.*_product", True),
        ("membership.add_productpage", "membership.*_product", False),
        ("fraud.view_fraudalert", "fraud.*", True),
        ("membership.add_tag", "membership.add_tag", True),
        ("membership.add_tags", "membership.add_tag", False),
    ],
)
def test_a_star_stands_for_anything_at_its_place(permission, pattern, matches) -> None:
    assert _matches(permission, pattern) is matches


@pytest.mark.django_db
@pytest.mark.parametrize("group", GROUPS)
def test_every_pattern_of_a_group_names_a_permission_that_exists(group) -> None:
    rows = Permission.objects.values_list("content_type__app_label", "codename")
    known = {f"{app}.{codename}" for app, codename in rows}

    assert [pattern for pattern in GROUPS[group] if not any(_matches(one, pattern) for one in known)] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("group", "may", "may_not"),
    [
        ("Support", "membership.add_consent", "membership.change_member"),
        ("Support", "forecasts.view_forecast", "forecasts.export_forecast"),
        ("Marketing", "membership.add_memberexport", "fraud.change_fraudalert"),
        ("Marketing", "forecasts.add_plannedpromotion", "registry.add_trainingrun"),
        ("Risk", "fraud.add_alertreview", "membership.add_segment"),
        ("Data", "registry.add_trainingrun", "membership.add_apikey"),
        ("Admin", "membership.add_apikey", "sessions.view_session"),
    ],
)
def test_each_group_may_do_its_work_and_no_other(group, may, may_not) -> None:
    granted = permissions(group)

    assert may in granted
    assert may_not not in granted


@pytest.mark.django_db
def test_nobody_but_administrators_manages_keys_users_and_groups() -> None:
    for group in set(GROUPS) - {"Admin"}:
        assert not {one for one in permissions(group) if one.startswith("auth.") or "apikey" in one}


@pytest.mark.django_db
def test_a_permission_that_was_taken_away_comes_back_and_an_added_one_stays() -> None:
    support = Group.objects.get(name="Support")
    support.permissions.set([Permission.objects.get(codename="add_tag")])

    create_staff_groups()
    create_staff_groups()

    assert {"membership.add_tag", "membership.add_consent"} <= permissions("Support")
