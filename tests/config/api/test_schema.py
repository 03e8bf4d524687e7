"""What the OpenAPI schema says of every operation."""

from __future__ import annotations

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from membership.access.keys import SCOPES


@pytest.fixture(scope="module")
def schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_has_a_name_of_its_own(schema) -> None:
    names = [operation["operationId"] for _path, _method, operation in operations(schema)]

    assert len(names) == len(set(names)) > 40


def test_every_operation_may_answer_with_a_problem(schema) -> None:
    for path, method, operation in operations(schema):
        answers = operation["responses"]
        assert {"400", "401", "403", "429"} <= set(answers), (method, path)
        assert ("404" in answers) >= ("{" in path), path
        assert ("409" in answers) >= (method != "get"), path


def test_operations_that_take_an_idempotency_key_say_so(schema) -> None:
    taking = {
        operation["operationId"]
        for _path, _method, operation in operations(schema)
        if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
    }

    assert {
        "orders_create",
        "events_add",
        "members_create",
        "members_points_add",
        "promotions_create",
    } <= taking
    assert all(
        "422" in one["responses"] for _p, _m, one in operations(schema) if one["operationId"] in taking
    )


def test_events_are_one_or_a_list(schema) -> None:
    body = schema["paths"]["/api/v1/events/"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    one, several = body["oneOf"]
    assert (several["type"], several["items"], several["maxItems"]) == ("array", one, 1000)


def test_there_are_three_ways_to_sign_in_and_every_scope_is_explained(schema) -> None:
    ways = schema["components"]["securitySchemes"]

    assert set(ways) == {"apiKey", "bearer", "session"}
    assert all(f"`{scope}`" in ways["apiKey"]["description"] for scope in SCOPES)
