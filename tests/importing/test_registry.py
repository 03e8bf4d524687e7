from __future__ import annotations

from datetime import UTC, datetime

import pytest

from importing.registry import Choices, import_kind, import_kinds
from membership.models import ImportReport


def test_every_kind_of_report_has_an_importer():
    assert {kind.name for kind in import_kinds()} == set(ImportReport.Kind.values)


@pytest.mark.parametrize("kind", [kind.name for kind in import_kinds()])
def test_an_importer_can_be_made_and_its_rows_are_grouped_by_one_of_its_columns(kind: str):
    registered, now = import_kind(kind), datetime(2026, 6, 1, tzinfo=UTC)
    fields = registered.fields(now)
    assert registered.group_by in {"", *(spec.name for spec in fields)}
    importer = registered.importer()(
        fields=fields, columns={spec.name: spec.name for spec in fields}, choices=Choices(now=now)
    )
    importer.forget()


def test_an_unknown_kind_is_an_error():
    with pytest.raises(KeyError):
        import_kind("dreams")
