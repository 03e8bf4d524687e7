from __future__ import annotations

from datetime import UTC, datetime

import pytest

from importing.mapping import WITH_TIME, WITH_ZONE
from importing.presets.loading import (
    GENERIC,
    Rules,
    all_presets,
    plain_heading,
    recognise,
    system_names,
)
from importing.registry import import_kind


@pytest.mark.parametrize("heading", ["Order ID", "order_id", "ORDER-ID:", ' "Order Id" ', "\ufefforder id"])
def test_spellings_of_one_heading_are_equal(heading: str):
    assert plain_heading(heading) == "orderid"


@pytest.mark.parametrize("system", system_names())
def test_a_preset_speaks_of_columns_that_exist(system: str):
    for kind, preset in all_presets()[system].items():
        names = {spec.name for spec in import_kind(kind).fields(datetime.now(tz=UTC))}
        names |= {clock for day, clock in [*WITH_TIME.items(), *WITH_ZONE.items()] if day in names}
        in_some = {name for columns in preset.instead.values() for name in columns}
        extra = {*preset.rules.get("keep", {}), *preset.rules.get("skip", {})}
        assert {*preset.columns, *preset.constants, *in_some} - extra <= names
        assert set(preset.rules) <= set(Rules.__annotations__)
        assert set(preset.values) <= {*preset.columns, *preset.constants, *in_some}


@pytest.mark.parametrize("system", [name for name in system_names() if name != GENERIC])
def test_a_file_with_all_headings_of_a_system_is_recognised_as_its(system: str):
    for kind, preset in all_presets()[system].items():
        for marks in preset.marks:
            headings = [*(names[0] for names in preset.columns.values()), *marks]
            assert recognise(kind=kind, headings=headings) is preset


def test_headings_of_no_system_are_not_recognised():
    assert recognise(kind="orders", headings=["colour", "weight"]) is None
