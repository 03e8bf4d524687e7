"""What a check or an import came to, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from importing.reasons import label_of
from importing.summary import as_json
from learning.json_types import JsonMapping
from membership.models import ImportReport
from membership.wording import in_words, money_text


@dataclass
class Totals:
    """``figures`` are (name, text, small print); the lists are (reason, rows)."""

    figures: list[tuple[str, str, str]]
    recognised: str
    rejected: list[tuple[str, int]]
    remarks: list[tuple[str, int]]
    unused: list[str]


def totals_of(report: ImportReport) -> Totals:
    summary = as_json(report)
    return Totals(
        figures=_figures(report, summary),
        recognised=in_words(report.recognised),
        rejected=_most_first(report.rejected_by_reason),
        remarks=_most_first(report.flagged_by_reason),
        unused=list(report.unused_columns),
    )


def _figures(report: ImportReport, summary: JsonMapping) -> list[tuple[str, str, str]]:
    rows = [(_("Rows read"), f"{report.read:,}", _rows_kept(report))]
    if report.kind == ImportReport.Kind.ORDERS:
        orders = summary["orders"]
        known = _("%(changed)s changed, %(same)s known") % _numbers(orders, "changed", "same")
        rows.append((_("New orders"), f"{orders['created']:,}", known))
        counted = _("%(n)s orders count") % {"n": f"{orders['counted']:,}"}
        rows += [
            (_("Net sales"), money_text(Decimal(amount), currency), counted)
            for currency, amount in summary["net_sales"].items()
        ]  # fmt: skip
    if report.kind in (ImportReport.Kind.ORDERS, ImportReport.Kind.MEMBERS):
        members = summary["members"]
        small = _("%(matched)s known, %(unsure)s unsure") % _numbers(members, "matched", "unsure")
        rows.append((_("New members"), f"{members['created']:,}", small))
    if report.kind in (ImportReport.Kind.ORDERS, ImportReport.Kind.PRODUCTS):
        products = summary["products"]
        small = _("%(changed)s changed, %(same)s known") % _numbers(products, "changed", "same")
        is_orders = report.kind == ImportReport.Kind.ORDERS
        rows.append((_("New products"), f"{products['created']:,}", "" if is_orders else small))
    rows.append((_("Rejected rows"), f"{report.rejected:,}", ""))
    return rows


def _rows_kept(report: ImportReport) -> str:
    counts = {"created": report.created, "updated": report.updated, "duplicate": report.duplicate}
    return _("%(created)s new, %(updated)s changed, %(duplicate)s known") % _numbers(counts, *counts)


def _numbers(counts: JsonMapping, *names: str) -> dict[str, str]:
    return {name: f"{counts[name]:,}" for name in names}


def _most_first(counts: dict[str, int]) -> list[tuple[str, int]]:
    most = sorted(counts.items(), key=lambda pair: -pair[1])
    return [(label_of(code), count) for code, count in most if count]
