"""The list of everything registered."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from django.core.management import call_command

from config.registered import registered_tables
from membership.rules.registry import segment_fields

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "registered.md"


def test_the_docs_page_is_current():
    out = StringIO()
    call_command("list_registered", stdout=out)
    assert PAGE.read_text(encoding="utf-8") == out.getvalue(), (
        "run: manage.py list_registered > docs/reference/registered.md"
    )


def test_every_segment_field_is_listed():
    fields = next(table for table in registered_tables() if table.file == "membership/rules/registry.py")
    assert {row[0] for row in fields.rows} == set(segment_fields())


def test_no_registry_is_empty():
    assert all(table.rows for table in registered_tables())
