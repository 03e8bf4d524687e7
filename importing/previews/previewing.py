"""What an import of some files would do, seen from their beginning; nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from importing.errors import BadFile, for_browser
from importing.files.intake import translator
from importing.files.packed import virtual_headings
from importing.mapping import WITH_TIME, Plan, draft_plan
from importing.previews.cells import MOST_ROWS, PREVIEW_ROWS, Row, understand
from importing.previews.labels import label
from importing.previews.words import WordTable, word_tables
from importing.registry import import_kind
from importing.running import fields_of, importer_for, take_in_for
from importing.uploads.heads import head_of
from importing.uploads.opening import read_examples, subfolder, work_folder
from importing.uploads.reading_options import ReadingOptions, saved_mapping, with_saved
from importing.uploads.recognising import guess_kind
from membership.models import ImportReport, SavedMapping

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
    with work_folder() as work:
        return _preview(paths, options=options, now=now, work=work)


def _preview(paths: Sequence[Path], *, options: ReadingOptions, now: datetime, work: Path) -> Preview:
    result = Preview(options=options)
    try:
        heads = [head_of(path, work=subfolder(work, f"head{at}")) for at, path in enumerate(paths)]
        result.is_whole = all(head.is_whole for head in heads)
        examples = read_examples([head.path for head in heads], work=work, encoding=options.encoding)
        headings = list(examples)
        result.saved = saved_mapping(headings=headings, kind=options.kind)
        options = with_saved(options, saved=result.saved)
        kind = options.kind or _kind_of(headings)
        result.options = options = replace(options, kind=kind)
        result.kind = kind
        plan, result.missing = draft_plan(
            kind=kind, headings=[*headings, *virtual_headings(kind, headings)], overrides=options.for_plan
        )
        _describe(result, plan, examples)
        if result.missing:
            result.problem = _("No column of the file is read as: %(missing)s. Choose it below.") % {
                "missing": ", ".join(map(label, result.missing))
            }
        else:
            _look(result, [head.path for head in heads], now=now, work=work)
    except BadFile as error:
        result.problem = for_browser(error)
    return result


def _kind_of(headings: Sequence[str]) -> str:
    guess = guess_kind(headings)
    if guess is None:
        raise BadFile(_("The headings fit no kind of file that can be imported; choose the kind."))
    return guess.kind


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
    intake = take_in_for(report, path=paths[0], work=subfolder(work, "intake"))
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
    totals = ("order.total", "order.status")
    order = [one for spec in fields for one in (spec.name, *(totals if spec.name == "order_no" else ()))]
    result.shown = [name for name in [*order, "is_active"] if name in used]


def fields_of_kind(kind: str, *, now: datetime) -> list[str]:
    """All columns that a file of this kind may have, for the drop-downs."""
    names = [spec.name for spec in import_kind(kind).fields(now)]
    return [one for name in names for one in (name, WITH_TIME.get(name)) if one]
