from __future__ import annotations

from importing.presets.describing import PAGE, columns, systems, with_generated_parts
from importing.presets.loading import GENERIC, system_names
from importing.registry import import_kinds


def test_the_docs_page_is_current():
    page = PAGE.read_text(encoding="utf-8")
    assert with_generated_parts(page) == page, "run: manage.py document_imports"


def test_every_kind_and_every_system_is_listed():
    assert all(f"| {kind.name} |" in columns() for kind in import_kinds())
    assert all(f"| `{name}` |" in systems() for name in system_names() if name != GENERIC)


def test_a_required_column_names_those_of_which_one_is_enough():
    assert "**member_no** (or email, phone)" in columns()
