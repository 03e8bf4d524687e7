"""One undo while it runs: what the import wrote, and what has become of it so far."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import Model

from importing.traces import Spans
from membership.models import ImportReport, ImportTrace, ImportUndo, MemberExport


class OwnRows:
    """The ids that the import made in one table, as spans."""

    def __init__(self, spans: Spans) -> None:
        spans = sorted(spans)
        self._first = [first for first, _last in spans]
        self._last = [last for _first, last in spans]

    def __call__(self, pk: int) -> bool:
        at = bisect_right(self._first, pk) - 1
        return at >= 0 and pk <= self._last[at]


@dataclass
class Undoing:
    """``gone`` and ``kept`` count rows of one slice; they are stored with it."""

    report: ImportReport
    now: datetime
    trace_id: int = 0  # of the slice
    gone: Counter[str] = field(default_factory=Counter)
    kept: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    kept_rows: list[list[str]] = field(default_factory=list)
    _own: dict[str, OwnRows] = field(default_factory=dict)

    def keep(self, label: str, key: str, reason: str) -> None:
        self.kept[label][reason] += 1
        self.kept_rows.append([label, key, reason])

    def keep_all(self, rows: Sequence[Model], reasons: dict[int, str]) -> None:
        for row in rows:
            if row.pk in reasons:
                self.keep(row._meta.label, key_of(row), reasons[row.pk])

    def own_rows(self, label: str) -> OwnRows:
        """Tells whether a row of this table was made by the import."""
        if label not in self._own:
            traces = ImportTrace.objects.filter(report=self.report, table=label)
            self._own[label] = OwnRows([span for trace in traces for span in trace.unpacked()["made"]])
        return self._own[label]

    @cached_property
    def members_were_exported(self) -> bool:
        """Whether members left the program as a file since the import began."""
        return MemberExport.objects.filter(created_at__gte=self.report.queued_at).exists()

    def start_slice(self, trace_id: int) -> None:
        self.trace_id = trace_id
        self.gone, self.kept, self.kept_rows = Counter(), defaultdict(Counter), []

    def counts(self, undo: ImportUndo) -> dict[str, object]:
        """The undo's counts with this slice's."""
        kept = {label: dict(reasons) for label, reasons in undo.kept.items()}
        for label, reasons in self.kept.items():
            kept[label] = dict(Counter(kept.get(label, {})) + reasons)
        return {
            "gone": dict(Counter(undo.gone) + self.gone),
            "kept": kept,
            "kept_rows": (undo.kept_rows + self.kept_rows)[: ImportUndo.KEPT_ROWS],
        }


def key_of(row: Model) -> str:
    """What people know a row by."""
    for name in ("order_no", "member_no", "sku", "path", "code", "name"):
        if value := getattr(row, name, ""):
            return str(value)
    return str(row)
