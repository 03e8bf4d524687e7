"""The parts of docs/reference/import.md that are generated: the columns of each kind of file, the systems."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings

from importing.presets.loading import GENERIC, all_presets
from importing.registry import Field, ImportKind, import_kinds

PAGE = settings.BASE_DIR / "docs" / "reference" / "import.md"
COLUMNS = ("<!-- generated: columns -->", "<!-- end of columns -->")
SYSTEMS = ("<!-- generated: systems -->", "<!-- end of systems -->")


def with_generated_parts(page: str) -> str:
    """The page with these parts as the code has them now."""
    for (start, end), part in ((SYSTEMS, systems()), (COLUMNS, columns())):
        before, _start, rest = page.partition(start)
        _old, _end, after = rest.partition(end)
        page = f"{before}{start}\n{part}{end}{after}"
    return page


def columns() -> str:
    """A table: kind of file, its columns; required ones in bold, with those of which one is enough."""
    rows = "".join(_row(kind) for kind in sorted(import_kinds(), key=lambda kind: kind.name))
    return f"| file | columns |\n|---|---|\n{rows}"


def _row(kind: ImportKind) -> str:
    fields = kind.fields(datetime.now(tz=UTC))
    strict = ", ".join(_named(field) for field in fields if not field.lenient)
    lenient = ", ".join(field.name for field in fields if field.lenient)
    return f"| {kind.name} | {strict}{f'; lenient: {lenient}' if lenient else ''} |\n"


def _named(field: Field) -> str:
    if not field.required:
        return field.name
    instead = f" (or {', '.join(field.instead)})" if field.instead else ""
    return f"**{field.name}**{instead}"


def systems() -> str:
    """A table: the presets and the exports that each knows."""
    rows = []
    for name, kinds in all_presets().items():
        if name == GENERIC:
            continue
        exports = "; ".join(preset.title for preset in kinds.values())
        rows.append(f"| `{name}` | {', '.join(kinds)} | {exports} |\n")
    return f"| `--preset` | kinds | told from the headings as |\n|---|---|---|\n{''.join(rows)}"
