"""``manage.py undo_import ID``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from importing.undoing import NotUndone, undo_import
from importing.undoing.summary import as_json, as_lines
from membership.models import ImportReport


class Command(BaseCommand):
    help = (
        "Undo a whole import within 24 hours of its end: what it made goes, what it changed gets its earlier "
        "values back, rows that somebody has touched since stay. Example: manage.py undo_import 12"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, metavar="ID", help="the import's number, as its report says it")
        parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        report = ImportReport.objects.filter(pk=options["id"]).first()
        if report is None:
            raise CommandError(f"There is no import {options['id']}.")
        with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed} {postfix}", desc="undo") as bar:

            def show(fraction: float, message: str) -> None:
                bar.set_postfix_str(message, refresh=False)
                bar.update(round(fraction * 100, 1) - bar.n)

            try:
                undo = undo_import(report=report, progress=show)
            except NotUndone as error:
                raise CommandError(str(error)) from None
        if options["json"]:
            text = json.dumps(as_json(undo), indent=2, ensure_ascii=False)
            options["json"].write_text(text + "\n", encoding="utf-8")
        self.stdout.write("\n".join(as_lines(undo)))
