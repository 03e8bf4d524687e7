"""Made-up requests against every operation: no server error, no undocumented answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from membership.access.keys import SCOPES
from tests.factories import (
    ApiKeyFactory,
    EventFactory,
    FraudAlertFactory,
    ModelVersionFactory,
    OrderItemFactory,
    SegmentMembershipFactory,
)

SECRET = "reg_schemathesis"
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


MADE = (EventFactory, FraudAlertFactory, ModelVersionFactory, OrderItemFactory, SegmentMembershipFactory)


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """Requests that go through WSGI would end by closing the connection that holds the test's transaction."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def test_every_operation_matches_its_schema(one_connection: None, subtests: pytest.Subtests):
    ApiKeyFactory(key=SECRET, scopes=list(SCOPES))
    for factory in MADE:
        factory()
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    operations = [loaded.ok() for loaded in schema.get_all_operations()]  # type: ignore[union-attr]  # or it fails
    assert len(operations) > 30
    for operation in operations:
        with subtests.test(operation.label):
            try_out(operation)


def try_out(operation: Any) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=5,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def promises_hold(case: Any) -> None:
        with transaction.atomic():
            try:
                case.call_and_validate(headers={"Authorization": f"Api-Key {SECRET}"}, checks=CHECKS)
            finally:
                # after a value that PostgreSQL refused it takes nothing more until that is undone
                transaction.set_rollback(True)

    promises_hold()
