"""Rules in requests: which fields a caller may ask."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from membership.models import ApiKey
from membership.rules.errors import Place, RuleProblem
from membership.rules.registry import SegmentField, find_field
from membership.segments.api.rules import RuleMistakes, given_rule, may_ask, problem_data
from tests.factories import AdminFactory, StaffFactory, UserFactory


def request(*, user=None, key: ApiKey | None = None) -> Request:
    made = Request(RequestFactory().get("/"))
    made.user, made.auth = user or UserFactory.build(), key
    return made


def field(name: str) -> SegmentField:
    registered = find_field(name)
    assert registered is not None
    return registered


@pytest.mark.parametrize(
    ("scopes", "name", "may"),
    [
        (["members:read"], "tier", True),
        (["members:read"], "churn_risk", False),
        (["forecasts:read"], "churn_risk", True),
        ([], "tier", False),
        (["fraud:read"], "open_alerts", True),
    ],
)
def test_a_key_asks_what_its_scopes_open(scopes, name, may) -> None:
    assert may_ask(request(key=ApiKey(scopes=scopes)))(field(name)) is may


@pytest.mark.django_db
def test_staff_ask_what_their_permissions_open_and_others_nothing() -> None:
    assert may_ask(request(user=AdminFactory()))(field("churn_risk"))
    assert not may_ask(request(user=StaffFactory()))(field("churn_risk"))
    assert not may_ask(request(user=UserFactory()))(field("tier"))


@pytest.mark.django_db
def test_mistakes_are_answered_with_place_and_suggestion() -> None:
    with pytest.raises(RuleMistakes) as caught:
        given_rule(request(user=AdminFactory()), {"text": "tier = golden"})

    assert caught.value.status_code == 400
    (error,) = caught.value.field_errors
    assert (error["line"], error["column"], error["suggestion"]) == (1, 8, "gold")


def test_without_a_rule_there_is_none() -> None:
    assert given_rule(request(), {"name": "Some"}) is None


def test_a_problem_is_reported_with_its_place() -> None:
    assert problem_data(RuleProblem("wrong", Place(2, 3), "right")) == {
        "field": "text", "message": "wrong", "line": 2, "column": 3, "suggestion": "right",
    }  # fmt: skip
