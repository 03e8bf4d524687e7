"""The tasks that beat schedules."""

from __future__ import annotations

import pytest

from membership.models import DuplicateSearch
from membership.tasks import find_duplicates, find_new_duplicates
from tests.membership.duplicates.pairs import twice

pytestmark = pytest.mark.django_db


def test_all_members_are_searched_at_night():
    twice()
    assert find_duplicates() == 1
    assert DuplicateSearch.objects.get().whole


def test_changed_members_are_searched_in_between():
    find_duplicates()
    assert find_new_duplicates() == 0
    assert DuplicateSearch.objects.count() == 1
    twice()
    assert find_new_duplicates() == 1
