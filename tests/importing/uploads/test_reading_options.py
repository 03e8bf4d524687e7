from __future__ import annotations

import pytest

from importing.uploads.reading_options import (
    ReadingOptions,
    from_json,
    save_mapping,
    saved_mapping,
    with_saved,
)
from membership.models import SavedMapping
from tests.factories import AdminFactory

pytestmark = pytest.mark.django_db
HEADINGS = ("No", "Who")
TILL = ReadingOptions(
    kind="orders", mapping=(("No", "order_no"), ("Who", "-")), values=(("status", "done", "completed"),),
    date_order="dmy", unknown="create",
)  # fmt: skip


def test_options_come_back_from_json_as_they_were() -> None:
    assert from_json("orders", TILL.as_json()) == TILL


def test_a_mapping_is_found_by_its_headings_in_any_order() -> None:
    save_mapping(name="Till", headings=HEADINGS, options=TILL, user=AdminFactory.create())
    mapping = saved_mapping(headings=("who ", "NO"))
    assert mapping is not None
    assert with_saved(ReadingOptions(), saved=mapping) == TILL
    assert saved_mapping(headings=("No",)) is None
    assert saved_mapping(headings=HEADINGS, kind="members") is None


def test_what_staff_say_now_counts_before_what_was_saved() -> None:
    saved = save_mapping(name="Till", headings=HEADINGS, options=TILL)
    now = ReadingOptions(kind="orders", date_order="mdy")
    assert with_saved(now, saved=saved) == now


def test_one_mapping_is_kept_for_the_same_headings() -> None:
    save_mapping(name="Till", headings=HEADINGS, options=TILL)
    save_mapping(name="Our till", headings=HEADINGS, options=ReadingOptions(kind="orders"))
    assert SavedMapping.objects.get().name == "Our till"


def test_a_nul_in_a_heading_is_not_stored() -> None:
    assert save_mapping(name="a\x00", headings=("N\x00o",), options=TILL).headings == ["No"]
