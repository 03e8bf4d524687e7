"""What an import of some files would do, seen from their beginning; nothing is kept."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from importing.errors import BadFile
from importing.files.filters import plain_cells
from importing.files.intake import TableFile, translator
from importing.files.packed import virtual_headings
from importing.files.sources import REJECTS_HEADING
from importing.mapping import WITH_TIME, Plan, draft_plan
from importing.previews.cells import MOST_ROWS, PREVIEW_ROWS, Row, understand
from importing.previews.labels import label
from importing.previews.words import WordTable, word_tables
from importing.reading_options import ReadingOptions, saved_mapping, with_saved
from importing.registry import import_kind
from importing.running import fields_of, importer_for, take_in_for
from importing.uploads.heads import head_of
from importing.uploads.recognising import guess_kind
from membership.models import ImportReport, SavedMapping

if TYPE_CHECKING:
    import pyarrow as pa

EXAMPLES = 3
MANY = 1 << 30  # rows: all of a head


@dataclass(frozen=True)
class FileColumn:
    """One heading of the files: examples, and the columns of ours that it is read as."""

    heading: str
    examples: list[str]
    fields: list[str]


@dataclass
class Preview:
    """``problem`` says why the files cannot be imported so; ``missing`` are columns that must be named."""

    options: ReadingOptions
    kind: str = ""
    recognised: str = ""
    system: str = ""
    encoding: str = ""
    is_whole: bool = True
    problem: str = ""
    missing: list[str] = field(default_factory=list)
    columns: list[FileColumn] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    words: list[WordTable] = field(default_factory=list)
    unclear_days: bool = False
    saved: SavedMapping | None = None


def preview(*, paths: Sequence[Path], options: ReadingOptions, now: datetime) -> Preview:
    """Twenty rows as they will be understood, and how the columns are read. Reads the head of each file."""
    folder = Path(settings.IMPORT_DIR) / "work"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        return _preview(paths, options=options, now=now, work=Path(work))


def read_headings(path: Path) -> list[str]:
    """The headings of one file. Raises BadFile."""
    folder = Path(settings.IMPORT_DIR) / "work"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        head = head_of(path, work=Path(work))
        return _own_headings(TableFile(head.path, work=Path(work), encoding=None))


def _preview(paths: Sequence[Path], *, options: ReadingOptions, now: datetime, work: Path) -> Preview:
    result = Preview(options=options)
    try:
        heads = [head_of(path, work=_folder(work, f"head{at}")) for at, path in enumerate(paths)]
        result.is_whole = all(head.is_whole for head in heads)
        examples = _examples([head.path for head in heads], work=work, encoding=options.encoding)
        headings = list(examples)
        result.saved = saved_mapping(headings=headings, kind=options.kind)
        options = with_saved(options, saved=result.saved)
        kind = options.kind or _kind_of(headings)
        result.options = options = replace(options, kind=kind)
        result.kind = kind
        plan, result.missing = draft_plan(
            kind=kind, headings=[*headings, *virtual_headings(kind, headings)], asked=options.for_plan
        )
        _describe(result, plan, examples)
        if result.missing:
            result.problem = _("No column of the file is read as: %(missing)s. Choose it below.") % {
                "missing": ", ".join(map(label, result.missing))
            }
        else:
            _look(result, [head.path for head in heads], now=now, work=work)
    except BadFile as error:
        result.problem = str(error)
    return result


def _folder(work: Path, name: str) -> Path:
    (work / name).mkdir()
    return work / name


def _kind_of(headings: Sequence[str]) -> str:
    guess = guess_kind(headings)
    if guess is None:
        raise BadFile(_("The headings fit no kind of file that can be imported; choose the kind."))
    return guess.kind


def _examples(paths: Sequence[Path], *, work: Path, encoding: str | None) -> dict[str, list[str]]:
    """Heading -> some values, of all files."""
    examples: dict[str, list[str]] = {}
    for at, path in enumerate(paths):
        file = TableFile(path, work=_folder(work, f"file{at}"), encoding=encoding)
        own = _own_headings(file)
        once = [name for name in own if own.count(name) == 1]
        for table, _numbers, _malformed in islice(file.batches(once), 1):
            some = plain_cells(table.slice(0, 500)) if len(own) < len(file.headings) else table.slice(0, 500)
            for name in once:
                examples.setdefault(name, _distinct(some.column(name)))
        for name in own:
            examples.setdefault(name, [])
    return examples


def _own_headings(file: TableFile) -> list[str]:
    """Without those that a rejects file puts before them."""
    is_rejects = file.headings[: len(REJECTS_HEADING)] == REJECTS_HEADING
    return list(file.headings[len(REJECTS_HEADING) :] if is_rejects else file.headings)


def _distinct(column: pa.ChunkedArray) -> list[str]:
    texts = (str(value).strip()[:80] for value in column.to_pylist() if value is not None)
    return list(islice(dict.fromkeys(text for text in texts if text), EXAMPLES))


def _describe(result: Preview, plan: Plan, examples: dict[str, list[str]]) -> None:
    result.recognised = plan.recognised
    result.system = plan.preset.system if plan.preset else ""
    by_heading: dict[str, list[str]] = {}
    for name, headings in plan.sources.items():
        for heading in headings:
            by_heading.setdefault(heading, []).append(name)
    packed = plan.preset.packed.get("column", "") if plan.preset else ""
    if packed in examples and any(name.startswith(f"{packed}.") for name in plan.headings):
        by_heading[packed] = [name for name, theirs in plan.sources.items() if theirs[0].startswith(packed)]
    result.columns = [
        FileColumn(heading, values, by_heading.get(heading, []))
        for heading, values in examples.items()
        if heading.strip()
    ]


def _look(result: Preview, paths: Sequence[Path], *, now: datetime, work: Path) -> None:
    """Take in the heads as a real import would, and understand their first rows."""
    report = ImportReport(
        kind=result.kind, file_name=paths[0].name, queued_at=now, dry_run=True,
        options=result.options.as_json(joins=paths[1:]),
    )  # fmt: skip
    intake = take_in_for(report, path=paths[0], work=_folder(work, "intake"))
    importer = importer_for(report, intake=intake)
    fields = fields_of(report, intake=intake)
    translate = translator(intake.plan)
    result.encoding = intake.encoding
    result.unclear_days = intake.facts.unclear_days and not intake.plan.date_order
    everything = next(intake.spill.chunks(after=0, chunk_rows=MANY, translate=translate), None)
    first = next(intake.spill.chunks(after=0, chunk_rows=PREVIEW_ROWS, translate=translate), None)
    if first is None or everything is None:
        return
    result.words = word_tables(everything.table, kind=result.kind, fields=fields)
    rows = understand(
        first, kind=result.kind, fields=fields, importer=importer, first_row=intake.source.first_row
    )
    result.rows = rows[:MOST_ROWS]
    used = {name for row in rows for name, cell in row.cells.items() if cell.read or cell.written}
    totals = ("order_total", "order_status")
    order = [one for spec in fields for one in (spec.name, *(totals if spec.name == "order_no" else ()))]
    result.shown = [name for name in [*order, "is_active"] if name in used]


def fields_of_kind(kind: str, *, now: datetime) -> list[str]:
    """All columns that a file of this kind may have, for the drop-downs."""
    names = [spec.name for spec in import_kind(kind).fields(now)]
    return [one for name in names for one in (name, WITH_TIME.get(name)) if one]
