"""What the whole file told of its values, kept for the rows that were rejected: a few of them tell less."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from importing.files.facts import Facts
from membership.models import ImportReport


@dataclass(frozen=True)
class Told:
    """``date_order`` is by column; ``shared_contacts`` are (column, plain contact)."""

    date_order: Mapping[str, str] = field(default_factory=dict)
    unclear_days: bool = False
    decimal_comma: bool = False
    shared_contacts: frozenset[tuple[str, str]] = frozenset()
    parents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def told_by(report: ImportReport, facts: Facts) -> Told:
    """What the file tells; of corrected rows, what the file told that they come from."""
    own = Told(
        date_order=facts.date_order,
        unclear_days=facts.unclear_days,
        decimal_comma=facts.amounts.decimal_comma,
        shared_contacts=facts.shared_contacts(),
        parents=facts.parents,
    )
    if report.corrects is None or (earlier := kept(report.corrects)) is None:
        return own
    return Told(
        date_order={**own.date_order, **{name: one for name, one in earlier.date_order.items() if one}},
        unclear_days=earlier.unclear_days,
        decimal_comma=earlier.decimal_comma,
        shared_contacts=own.shared_contacts | earlier.shared_contacts,
        parents={**earlier.parents, **own.parents},
    )


def keep(report: ImportReport, told: Told) -> None:
    """Beside the rejects file; both are deleted together."""
    content = {
        "date_order": dict(told.date_order),
        "unclear_days": told.unclear_days,
        "decimal_comma": told.decimal_comma,
        "shared_contacts": sorted(told.shared_contacts),
        "parents": {key: dict(values) for key, values in told.parents.items()},
    }
    path = _path(report)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(content).encode(), 1))


def kept(report: ImportReport) -> Told | None:
    path = _path(report)
    if not path.is_file():
        return None
    content = json.loads(gzip.decompress(path.read_bytes()))
    shared = frozenset((column, contact) for column, contact in content.pop("shared_contacts"))
    return Told(**content, shared_contacts=shared)


def _path(report: ImportReport) -> Path:
    return Path(settings.IMPORT_DIR) / "rejects" / f"{report.kind}-{report.pk}.told.json.gz"
