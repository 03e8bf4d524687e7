"""``manage.py import_rates FILE``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from membership.currencies.rates import store_rates
from membership.currencies.reading import BadRatesFile, read_rates


class Command(BaseCommand):
    help = (
        "Import exchange rates from a CSV file with the columns day, currency, rate (what one unit of the "
        "currency is worth in the shop's), or with a day and a column for each currency. The same day and "
        "currency is the same rate, and is changed. Example: manage.py import_rates rates.csv --dry-run"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV in UTF-8")
        parser.add_argument(
            "--inverted",
            action="store_true",
            help="the file says what one unit of the shop's currency is worth, as central banks do",
        )
        parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")
        parser.add_argument("--json", type=Path, metavar="OUT", help="write the report as JSON to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = read_rates(path=options["file"], inverted=options["inverted"])
        except BadRatesFile as error:
            raise CommandError(str(error)) from None
        for line, name, reason in found.problems:
            self.stderr.write(f"line {line}: {name} {reason}")
        report: dict[str, object] = {
            "read": len(found.rates) + len(found.problems),
            "rejected": len(found.problems),
            "first_day": min((str(one.day) for one in found.rates), default=None),
            "last_day": max((str(one.day) for one in found.rates), default=None),
            "currencies": sorted({one.currency for one in found.rates}),
            "dry_run": options["dry_run"],
        }
        if not options["dry_run"]:
            stored = store_rates(rates=found.rates, source=options["file"].name)
            report |= {"created": stored.created, "updated": stored.updated, "duplicate": stored.same}
        if options["json"]:
            options["json"].write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        for name, value in report.items():
            self.stdout.write(f"{name:12}{', '.join(value) if isinstance(value, list) else value}")
