"""What the ``import_*`` commands share: arguments, progress on stderr, the report on stdout."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from importing.errors import BadFile, for_command
from importing.presets.loading import system_names
from importing.running import Options, run_import
from importing.summary import as_json, as_table


class ImportCommand(BaseCommand):
    """Subclasses name their ``kind`` and give ``help`` with the columns and an example."""

    kind: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="CSV, XLSX, ODS, Parquet or JSON Lines (also .gz, .zip)"
        )
        parser.add_argument(
            "--map", action="append", default=[], type=_pair, metavar="THEIRS=OURS",
            help="the file's column THEIRS is our column OURS; may be repeated, a column may serve twice",
        )  # fmt: skip
        parser.add_argument(
            "--value", action="append", default=[], type=_value, metavar="COLUMN:THEIRS=OURS",
            help="in our column COLUMN, THEIRS means OURS, as status:交易成功=completed; may be repeated",
        )  # fmt: skip
        parser.add_argument(
            "--preset", metavar="NAME",
            help=f"whose export it is, if the headings do not tell: {', '.join(system_names())}",
        )  # fmt: skip
        parser.add_argument("--encoding", help="of a text file, if it is not told rightly, such as cp1252")
        parser.add_argument(
            "--date-order",
            choices=("dmy", "mdy", "ymd"),
            help="of days such as 03/04/2026, if no day tells it",
        )
        parser.add_argument(
            "--unknown", choices=("create", "reject"),
            help="members and products that an order names and the shop does not know; "
            "created for exports of known systems and in a shop without products, else rejected",
        )  # fmt: skip
        parser.add_argument(
            "--changed", choices=("update", "reject"), default="update",
            help="orders that are stored with other content",
        )  # fmt: skip
        parser.add_argument(
            "--join", action="append", default=[], type=Path, metavar="FILE",
            help="another file of the same export, joined by its numbers; may be repeated",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")
        parser.add_argument("--json", type=Path, metavar="OUT", help="write the report as JSON to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed} {postfix}", desc=self.kind) as bar:

            def show(fraction: float, message: str) -> None:
                bar.set_postfix_str(message, refresh=False)
                bar.update(round(fraction * 100, 1) - bar.n)

            try:
                report = run_import(
                    kind=self.kind,
                    path=options["file"],
                    mapping=options["map"],
                    preset=options["preset"],
                    encoding=options["encoding"],
                    dry_run=options["dry_run"],
                    options=Options(
                        joins=options["join"],
                        values=options["value"],
                        date_order=options["date_order"],
                        unknown=options["unknown"],
                        changed=options["changed"],
                    ),
                    progress=show,
                )
            except BadFile as error:
                raise CommandError(for_command(error)) from None
        if options["json"]:
            text = json.dumps(as_json(report), indent=2, ensure_ascii=False)
            options["json"].write_text(text + "\n", encoding="utf-8")
        self.stdout.write(as_table(report))


def _pair(text: str) -> tuple[str, str]:
    theirs, sign, ours = text.rpartition("=")
    if not sign or not theirs.strip() or not ours.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not THEIRS=OURS; an example is 'Order ID=order_no'")
    return theirs.strip(), ours.strip()


def _value(text: str) -> tuple[str, str, str]:
    column, colon, rest = text.partition(":")
    theirs, sign, ours = rest.rpartition("=")
    if not (colon and sign and column.strip() and theirs.strip()):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not COLUMN:THEIRS=OURS; an example is 'status:Done=completed'"
        )
    return column.strip(), theirs.strip(), ours.strip()
