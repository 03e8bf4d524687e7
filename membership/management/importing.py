"""What the ``import_*`` commands share: arguments, progress on stderr, the report on stdout."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from membership.importing import BadFile, run_import
from membership.importing.presets import PRESETS
from membership.importing.summary import as_json, as_table


class ImportCommand(BaseCommand):
    """Subclasses name their ``kind`` and give ``help`` with the columns and an example."""

    kind: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV (also .gz) or Parquet")
        parser.add_argument(
            "--map", action="append", default=[], type=_pair, metavar="THEIRS=OURS",
            help="the file's column THEIRS is our column OURS; may be repeated",
        )  # fmt: skip
        parser.add_argument("--preset", choices=sorted(PRESETS), help="column names of a known shop system")
        parser.add_argument("--encoding", help="of a CSV file that is not UTF-8, such as cp1252 or gb18030")
        parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed} {postfix}", desc=self.kind) as bar:

            def show(fraction: float, message: str) -> None:
                bar.set_postfix_str(message, refresh=False)
                bar.update(round(fraction * 100, 1) - bar.n)

            try:
                report = run_import(
                    kind=self.kind,
                    path=options["file"],
                    mapping=dict(options["map"]),
                    preset=options["preset"],
                    encoding=options["encoding"],
                    dry_run=options["dry_run"],
                    progress=show,
                )
            except BadFile as error:
                raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(as_json(report), indent=2) if options["json"] else as_table(report))


def _pair(text: str) -> tuple[str, str]:
    theirs, sign, ours = text.rpartition("=")
    if not sign or not theirs.strip() or not ours.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not THEIRS=OURS; an example is 'Order ID=order_no'")
    return theirs.strip(), ours.strip()
