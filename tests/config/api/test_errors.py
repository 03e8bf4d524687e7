"""What all API routes share: problems, pages, limits, the schema and its pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import DataError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404
from pytest_django.fixtures import Settings
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from config.api.errors import problem_response
from membership.errors import Conflict, FieldError
from registry.queueing import QueueAway
from tests.api_client import key_client, nobody
from tests.factories import MemberFactory, SegmentFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/segments/"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def answered(error: Exception) -> Any:
    return problem_response(error, {"request": Request(APIRequestFactory().get("/api/x/")), "view": None})


def assert_problem(answer: Any, status: int) -> None:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(body)
    assert body["status"] == status


def test_unknown_addresses_answer_like_the_rest():
    assert_problem(nobody().get("/api/v1/nothing/"), 404)
    assert "slash" in nobody().get("/api/v1/members").json()["detail"]


def test_a_browsers_cookie_does_not_turn_an_unknown_address_into_a_page():
    client = APIClient(enforce_csrf_checks=True)
    client.cookies["sessionid"] = "x"
    assert_problem(client.post("/api/v1/segments/not-a-uuid/members/", {}), 404)


def test_a_missing_row_is_404():
    client = key_client("segments:read")
    assert_problem(client.get(f"{URL}00000000-0000-0000-0000-000000000000/"), 404)


def test_a_method_that_is_not_there_is_405_and_names_those_that_are():
    answer = key_client("segments:read").put(URL)
    assert_problem(answer, 405)
    assert {"GET", "POST"} <= set(answer["Allow"].split(", "))


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"name": NaN}', "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (rb'{"name": "\ud800"}', "application/json", 400),
        (rb'{"name": "a\u0000b"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"<a/>", "application/xml", 415),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes, kind: str, status: int):
    answer = key_client("segments:write").post(URL, body, content_type=kind)
    assert_problem(answer, status)


def test_a_body_beyond_the_limit_is_413(settings: Settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = key_client("segments:write").post(URL, {"name": "n" * 2_000})
    assert_problem(answer, 413)


def test_only_json_is_accepted():
    assert_problem(key_client("segments:read").get(URL, headers={"accept": "text/html"}), 406)


def test_every_wrong_field_is_named_by_its_path():
    error = ValidationError({"lines": [{}, {"sku": ["Unknown."]}], "non_field_errors": ["Too odd."]})
    assert answered(error).data["errors"] == [
        {"field": "lines.1.sku", "message": "Unknown."},
        {"field": "", "message": "Too odd."},
    ]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404("gone"), 404),
        (ProtectedError("still used", set()), 409),
        (Conflict("taken", errors=[FieldError("key", "taken")]), 409),
        (OperationalError("database is locked"), 503),
        (QueueAway("the queue does not answer"), 503),
        (DataError("time zone displacement out of range"), 400),
    ],
)
def test_errors_have_their_status(error: Exception, status: int):
    assert answered(error).status_code == status


def test_an_unexpected_error_is_500_without_internals():
    answer = answered(RuntimeError("the password is hunter2"))
    assert answer.status_code == 500
    assert "hunter2" not in str(answer.data)


@pytest.mark.parametrize(
    "cursor", ["x", "cD0x", "cD1hYmM=", "cD0lMDA=", "bz0tMQ==", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk="]
)
def test_a_made_up_cursor_is_400_or_an_empty_page(cursor: str):
    SegmentFactory()
    answer = key_client("segments:read").get(URL, {"cursor": cursor})
    assert answer.status_code in (200, 400)


def test_a_moment_with_an_offset_that_no_clock_has_is_no_server_error():
    query = {"placed_after": "0225-02-21T12:28:46-23:16"}
    assert key_client("orders:read").get("/api/v1/orders/", query).status_code in (200, 400)


@pytest.mark.parametrize("size", ["0", "-1", "x", "", "1.5"])
def test_a_page_size_that_makes_no_sense_is_refused(size: str):
    answer = key_client("segments:read").get(URL, {"page_size": size})
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, "page_size")


def test_pages_have_the_requested_size():
    SegmentFactory.create_batch(3)
    page = key_client("segments:read").get(URL, {"page_size": 2}).data
    assert len(page["results"]) == 2
    assert page["next"]


def test_limits_are_sent_and_enforced(settings: Settings):
    settings.API_REQUESTS_PER_MINUTE = {**settings.API_REQUESTS_PER_MINUTE, "key": 2}
    client = key_client("segments:read")
    first, _second, third = (client.get(URL) for _ in range(3))
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert_problem(third, 429)
    assert 1 <= int(third["Retry-After"]) <= 60
    assert third["RateLimit-Remaining"] == "0"


def test_each_key_has_its_own_limit(settings: Settings):
    settings.API_REQUESTS_PER_MINUTE = {**settings.API_REQUESTS_PER_MINUTE, "key": 1}
    assert key_client("segments:read").get(URL).status_code == 200
    assert key_client("segments:read").get(URL).status_code == 200


def test_a_forged_address_does_not_avoid_the_login_limit(settings: Settings):
    settings.API_REQUESTS_PER_MINUTE = {**settings.API_REQUESTS_PER_MINUTE, "token": 1}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 0}
    body = {"username": "ann", "password": "x"}
    answers = [
        nobody().post("/api/v1/auth/token/", body, headers={"x-forwarded-for": f"203.0.113.{n}"})
        for n in range(2)
    ]
    assert [answer.status_code for answer in answers] == [401, 429]


def test_requests_pass_while_the_cache_is_away(settings: Settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "unix:///nowhere/valkey.sock",
        }
    }
    assert key_client("segments:read").get(URL).status_code == 200


def test_the_schema_is_valid_and_free_of_warnings(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))
    assert "openapi: 3.1.0" in (tmp_path / "schema.yml").read_text(encoding="utf-8")


def test_the_documentation_runs_under_our_content_security_policy():
    page = nobody().get("/api/docs/")
    html = page.content.decode()
    assert "script-src" in page["Content-Security-Policy"]
    assert "<script>" not in html
    assert "//" not in "".join(part.split('"')[0] for part in html.split('src="')[1:])
    script = nobody().get("/api/docs/", {"script": ""})
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/schema/" in script.content.decode()


def test_a_representation_that_has_not_changed_is_not_sent_again():
    segment = SegmentFactory()
    client = key_client("segments:read")
    tag = client.get(f"{URL}{segment.public_id}/")["ETag"]
    answer = client.get(f"{URL}{segment.public_id}/", headers={"if-none-match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_change_of_what_has_changed_is_refused():
    member = MemberFactory()
    client = key_client("members:read", "members:write")
    url = f"/api/v1/members/{member.public_id}/"
    tag = client.get(url)["ETag"]
    assert client.patch(url, {"name": "Ann"}, headers={"if-match": tag}).status_code == 200
    assert_problem(client.patch(url, {"name": "Eve"}, headers={"if-match": tag}), 412)
    member.refresh_from_db()
    assert member.name == "Ann"
