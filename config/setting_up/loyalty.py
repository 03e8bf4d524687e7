"""Loads the demo members' consents and points, for which there is no import of its own."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from membership.models import Consent, Member, PointsEntry
from registry.bulk import insert_rows

SIGN_UP = "sign-up"  # the source of the demo's first consents

CONSENT_COLUMNS = ("purpose", "channel", "granted", "source", "occurred_at")
POINTS_COLUMNS = ("points", "reason", "occurred_at", "expires_at")


def is_loaded() -> bool:
    return Consent.objects.filter(source=SIGN_UP).exists()


def load_loyalty(*, directory: Path) -> int:
    """Insert both files' rows, all or none; the number of rows."""
    with transaction.atomic():
        ids = dict(Member.objects.values_list("member_no", "pk"))
        written = 0
        for model, name, columns in (
            (Consent, "consents", CONSENT_COLUMNS),
            (PointsEntry, "points", POINTS_COLUMNS),
        ):
            rows = _rows(path=directory / f"{name}.parquet", columns=columns, ids=ids)
            written += insert_rows(model=model, columns=("member_id", *columns), rows=rows)
    return written


def _rows(*, path: Path, columns: tuple[str, ...], ids: dict[str, int]) -> list[tuple[object, ...]]:
    """The file's rows with the member's id in front; members the import rejected are left out."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["member_no", *columns])
    values = zip(*(table[name].to_pylist() for name in ("member_no", *columns)), strict=True)
    return [(ids[member_no], *rest) for member_no, *rest in values if member_no in ids]
