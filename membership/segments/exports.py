"""A segment's members as a file: CSV or Parquet, written while it is sent, noted before the first byte."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from membership.csv_cells import safe_cell
from membership.mail_columns import ProductPick, product_picks
from membership.models import Consent, Member, MemberExport, Segment, SegmentMembership

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BATCH = 1_000
PICKS = 3
MEMBER_COLUMNS = (
    "member_no", "id", "name", "email", "phone", "birth_date", "country", "language", "tier", "status",
    "joined_at", "entered_at", "source",
)  # fmt: skip
MAIL_COLUMNS = (
    "member_no", "name", "email", "phone", "language",
    *(f"{what}_{n}" for n in range(1, PICKS + 1) for what in ("product", "sku")), "reason",
    *(f"consent_{channel}" for channel in Consent.Channel.values),
)  # fmt: skip
TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Export:
    """A file on its way: its name and type, and its bytes as they are made."""

    name: str
    content_type: str
    chunks: Iterator[bytes]


def export_members(*, segment: Segment, content: str, file_format: str, user: User | None, by: str) -> Export:
    """The members of ``segment`` now, or what a mail merge needs of them. Writes who took them out.

    Erased and merged members are in no file, even where a stay of theirs has not ended yet.
    """
    columns = MAIL_COLUMNS if content == MemberExport.Content.MAIL_MERGE else MEMBER_COLUMNS
    now = timezone.now()
    MemberExport.objects.create(
        segment_key=segment.key, content=content, format=file_format, columns=list(columns),
        members=_members(segment).count(), by_user=user, by=by[:200],
    )  # fmt: skip
    rows = _mail_rows(segment) if content == MemberExport.Content.MAIL_MERGE else _member_rows(segment)
    make = _parquet if file_format == MemberExport.Format.PARQUET else _csv
    name = f"{segment.key}-{content}-{timezone.localtime(now):%Y-%m-%d}.{file_format}"
    return Export(name, TYPES[file_format], make(columns, rows))


# --- rows ------------------------------------------------------------------------------------------------


def _members(segment: Segment) -> Any:
    stays = SegmentMembership.objects.current().filter(segment=segment)
    return stays.filter(member__status__in=(Member.Status.ACTIVE, Member.Status.FROZEN))


def _batches(segment: Segment) -> Iterator[list[SegmentMembership]]:
    """Stays in the order of their members, a batch at a time: no query holds all of them."""
    last = 0
    while True:
        stays = _members(segment).filter(member_id__gt=last).select_related("member").order_by("member_id")
        batch = list(stays[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].member_id


def _member_rows(segment: Segment) -> Iterator[Row]:
    for batch in _batches(segment):
        for stay in batch:
            one = stay.member
            yield (
                one.member_no, str(one.public_id), one.name, one.email, one.phone, one.birth_date,
                one.country, one.language, one.tier, one.status, one.joined_at, stay.entered_at, stay.source,
            )  # fmt: skip


def _mail_rows(segment: Segment) -> Iterator[Row]:
    for batch in _batches(segment):
        ids = [stay.member_id for stay in batch]
        picks, consents = product_picks(ids, n=PICKS), _marketing_consents(ids)
        for stay in batch:
            one = stay.member
            found = picks.get(one.pk, [])
            yield (
                one.member_no, one.name, one.email, one.phone, one.language, *_picked(found),
                found[0].reason if found else "",
                *(consents.get((one.pk, channel), False) for channel in Consent.Channel.values),
            )  # fmt: skip


def _picked(found: Sequence[ProductPick]) -> Iterator[str]:
    for position in range(PICKS):
        yield found[position].name if position < len(found) else ""
        yield found[position].sku if position < len(found) else ""


def _marketing_consents(member_ids: Sequence[int]) -> dict[tuple[int, str], bool]:
    """(member, channel) → the newest word on marketing; missing where nothing was said, which is no."""
    said = Consent.objects.filter(
        member_id__in=member_ids, purpose=Consent.Purpose.MARKETING, occurred_at__lte=timezone.now()
    )
    oldest_first = said.order_by("occurred_at", "pk")
    return {
        (member_id, channel): granted
        for member_id, channel, granted in oldest_first.values_list("member_id", "channel", "granted")
    }


# --- files -----------------------------------------------------------------------------------------------


def _csv(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[bytes]:
    """With the mark that spreadsheets need to read UTF-8, and no cell that they would run."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow(columns)
    for number, row in enumerate(rows, start=1):
        writer.writerow([safe_cell(value) for value in row])
        if number % BATCH == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _parquet(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[bytes]:
    """Its directory stands at the end, so the file is finished on disk first, then sent."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, _arrow_type(name, pa)) for name in columns])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "members.parquet"
        with pq.ParquetWriter(path, schema) as writer:
            batch: list[Row] = []
            for row in rows:
                batch.append(row)
                if len(batch) == 20 * BATCH:
                    writer.write_table(_table(batch, schema, pa))
                    batch = []
            writer.write_table(_table(batch, schema, pa))
        with path.open("rb") as file:
            while chunk := file.read(1 << 16):
                yield chunk


def _table(rows: Sequence[Row], schema: Any, pa: Any) -> Any:
    turned = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(column, type=kind.type) for column, kind in zip(turned, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _arrow_type(name: str, pa: Any) -> Any:
    if name.startswith("consent_"):
        return pa.bool_()
    if name.endswith("_at"):
        return pa.timestamp("us", tz="UTC")
    return pa.date32() if name == "birth_date" else pa.string()
