"""An ImportReport for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from membership.importing.reasons import label_of
from membership.models import ImportReport

COUNTS = ("read", "created", "updated", "duplicate", "rejected")


def as_json(report: ImportReport) -> dict[str, Any]:
    names = (
        "kind",
        "file_name",
        "dry_run",
        *COUNTS,
        "rejected_by_reason",
        "imputed_by_field",
        "flagged_by_reason",
    )
    found = {name: getattr(report, name) for name in names}
    return {**found, "rejects_file": report.rejects_path, "seconds": report.seconds, "report": report.pk}


def as_table(report: ImportReport) -> str:
    """Lines of text, the counts right-aligned."""
    title = f"{report}" + (f" ({_('dry run: nothing was kept')})" if report.dry_run else "")
    names = {field.name: field.verbose_name for field in ImportReport._meta.concrete_fields}
    rows = [(str(names[name]), _count(getattr(report, name))) for name in COUNTS]
    rows += _group(_("rejected"), report.rejected_by_reason)
    rows += _group(_("filled in"), report.imputed_by_field)
    rows += _group(_("flagged"), report.flagged_by_reason)
    width = max(len(name) for name, _value in rows)
    lines = [title, *(f"  {name:<{width}}  {value:>12}" for name, value in rows)]
    if report.rejects_path:
        lines.append(_("  rows with remarks: %(path)s") % {"path": report.rejects_path})
    if report.seconds:
        speed = report.read / report.seconds
        lines.append(
            _("  %(seconds).1f s, %(speed)s rows a second")
            % {"seconds": report.seconds, "speed": _count(int(speed))}
        )
    return "\n".join(lines)


def _group(title: str, counts: Mapping[str, int]) -> list[tuple[str, str]]:
    found = sorted(counts.items(), key=lambda item: -item[1])
    return [(f"  {title}: {label_of(code)}", _count(n)) for code, n in found if n]


def _count(number: int) -> str:
    return f"{number:,}"
