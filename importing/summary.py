"""An ImportReport for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from importing.reasons import label_of
from learning.json_types import JsonObject
from membership.cleaning.words import MINOR_DIGITS
from membership.models import ImportReport

NET = "net_sales."
COUNTS = ("read", "created", "updated", "duplicate", "rejected")


def as_json(report: ImportReport) -> JsonObject:
    """What programs read: see docs/reference/import.md. Amounts are text, so that they stay exact."""
    tallies: dict[str, int] = report.tallies
    of_members = report.kind == ImportReport.Kind.MEMBERS
    of_products = report.kind == ImportReport.Kind.PRODUCTS
    rows = {"created": report.created, "matched": report.updated + report.duplicate}
    products = {"created": report.created, "changed": report.updated, "same": report.duplicate}
    events = report.kind == ImportReport.Kind.EVENTS
    return {
        "kind": report.kind,
        "file_name": report.file_name,
        "dry_run": report.dry_run,
        "recognised": report.recognised,
        "encoding": report.options.get("encoding"),
        "read": report.read,
        "members": {
            **(rows if of_members else _part(tallies, "members", ("created", "matched"))),
            "unsure": tallies.get("members.unsure", 0),
        },
        "products": products if of_products else _part(tallies, "products", ("created", "changed", "same")),
        "orders": _part(tallies, "orders", ("created", "changed", "same", "counted")),
        "events": {"created": report.created, "same": report.duplicate}
        if events
        else {"created": 0, "same": 0},
        "net_sales": {
            name.removeprefix(NET): _amount(value, currency=name.removeprefix(NET))
            for name, value in tallies.items()
            if name.startswith(NET)
        },
        "rejected": report.rejected_by_reason,
        "remarks": report.flagged_by_reason,
        "filled_in": report.imputed_by_field,
        "unused_columns": report.unused_columns,
        "rows": {name: getattr(report, name) for name in COUNTS},
        "rejects_file": report.rejects_path,
        "seconds": report.seconds,
        "report": report.pk,
    }


def _part(tallies: Mapping[str, int], part: str, names: tuple[str, ...]) -> dict[str, int]:
    return {name: tallies.get(f"{part}.{name}", 0) for name in names}


def _amount(thousandths: int, *, currency: str) -> str:
    digits = MINOR_DIGITS.get(currency, 2)
    return f"{Decimal(thousandths).scaleb(-3):.{max(digits, 0)}f}"


def as_table(report: ImportReport) -> str:
    """Lines of text, the counts right-aligned."""
    title = f"{report}" + (f" ({_('dry run: nothing was kept')})" if report.dry_run else "")
    names = {field.name: field.verbose_name for field in ImportReport._meta.concrete_fields}
    lines = [title]
    if report.recognised:
        lines.append(_("  this looks like %(what)s") % {"what": report.recognised})
    rows = [(str(names[name]), _count(getattr(report, name))) for name in COUNTS]
    rows += _group(_("rejected"), report.rejected_by_reason)
    rows += _sales(report)
    rows += _group(_("filled in"), report.imputed_by_field)
    rows += _group(_("flagged"), report.flagged_by_reason)
    width = max(len(name) for name, _value in rows)
    lines += [f"  {name:<{width}}  {value:>12}" for name, value in rows]
    if report.unused_columns:
        lines.append(
            _("  columns that are not used: %(names)s") % {"names": ", ".join(report.unused_columns)}
        )
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
    most_first = sorted(counts.items(), key=lambda item: -item[1])
    return [(f"  {title}: {label_of(code)}", _count(n)) for code, n in most_first if n]


def _sales(report: ImportReport) -> list[tuple[str, str]]:
    """Orders that count, and what they came to in each currency."""
    if report.kind != ImportReport.Kind.ORDERS:
        return []
    data = as_json(report)
    rows = [("  " + _("orders that count"), _count(data["orders"]["counted"]))]
    return rows + [(f"  {_('net sales')} {name}", value) for name, value in data["net_sales"].items()]


def _count(number: int) -> str:
    return f"{number:,}"
