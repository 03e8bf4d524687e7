"""Rows by the id that the API shows."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.http import Http404

from registry.api.lookups import by_public_id
from registry.models import TrainingRun
from tests.factories import TrainingRunFactory

pytestmark = pytest.mark.django_db


def test_the_row_with_the_id_is_returned_in_one_query(django_assert_num_queries) -> None:
    TrainingRunFactory(status="failed")
    run = TrainingRunFactory()
    with django_assert_num_queries(1):
        assert by_public_id(TrainingRun.objects.all(), run.public_id, "no %s") == run


def test_an_unknown_id_is_404_with_the_id_in_the_message() -> None:
    unknown = uuid4()
    with pytest.raises(Http404, match=f"There is no run {unknown}"):
        by_public_id(TrainingRun.objects.all(), unknown, "There is no run %s.")


def test_a_row_outside_the_given_ones_is_404() -> None:
    run = TrainingRunFactory(status="failed")
    with pytest.raises(Http404):
        by_public_id(TrainingRun.objects.filter(status="queued"), run.public_id, "no %s")
