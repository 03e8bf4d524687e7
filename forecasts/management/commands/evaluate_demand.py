"""Judge demand forecasts on a file of one's own; never touches the database."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from forecasts.management.figures import as_json
from learning.json_types import JsonObject

EXAMPLE = """
example:
  manage.py evaluate_demand --sales weeks.parquet --weeks 8 --top 500 --promotions planned --json figures.json

The file has the columns product,week,units[,amount,category] and any others, which are promotions from 0 to 1
(such as the share of stores with a display), as .csv, .csv.gz or .parquet. A week is a whole number or a date
in it. With --promotions planned the model knows the promotions of the weeks that it forecasts,
with past only earlier ones.
"""


class Command(BaseCommand):
    help = "Judge forecasts of weekly units on a file."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs.update(epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sales", type=Path, required=True, metavar="FILE")
        parser.add_argument(
            "--origin",
            type=int,
            help="first week to forecast, as numbered in the file; default: the last --weeks",
        )
        parser.add_argument("--weeks", type=int, default=8)
        parser.add_argument("--top", type=int, default=500, help="best sellers before the origin")
        parser.add_argument("--promotions", choices=("planned", "past"), default="past")
        parser.add_argument("--models", default="recent_mean,demand")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", type=Path, metavar="OUT", help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        from learning.estimator import ModelFitError
        from learning.interaction_files import InputError

        try:
            self._evaluate(options)
        except (InputError, ModelFitError) as error:
            raise CommandError(str(error)) from error

    def _evaluate(self, options: JsonObject) -> None:
        from forecasts.ml.demand.evaluation import MODELS, evaluate, origin_column, read_sales
        from learning.interaction_files import InputError

        models = [name.strip() for name in options["models"].split(",") if name.strip()]
        for name in models:
            if name not in MODELS:
                raise InputError(f"there is no model {name!r}; known: {', '.join(MODELS)}")
        if min(options["weeks"], options["top"]) < 1 or not models:
            raise InputError("--weeks and --top must be 1 or more, --models not empty")
        sales = read_sales(options["sales"])
        column = origin_column(sales, options["origin"], weeks=options["weeks"])
        rows = []
        for name in models:
            print(f"{name}", file=sys.stderr, flush=True)
            rows.append(
                evaluate(
                    sales,
                    column,
                    model=name,
                    weeks=options["weeks"],
                    planned=options["promotions"] == "planned",
                    top=options["top"],
                    seed=options["seed"],
                )
            )
        document = as_json(rows)
        if options["json"]:
            options["json"].write_text(document + "\n", encoding="utf-8")
        else:
            self.stdout.write(document)
