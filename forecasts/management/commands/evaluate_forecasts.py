"""Judge member forecasts on a file of one's own; never touches the database."""

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
  manage.py evaluate_forecasts --orders orders.parquet --origin 2017-11-06 --horizon-days 56 \\
      --models pareto_nbd,blend --predictions forecasts.parquet --json figures.json

The file has the columns member,placed_at,amount, as .csv, .csv.gz or .parquet; several rows of a member's day
are one order (--same-day separate: those of different seconds are several). Members with an order before the
origin are forecast. --predictions holds a line for each member and model of fold 0.
"""


class Command(BaseCommand):
    help = "Judge forecasts of orders, spend, waits and silence on a file, from one origin or several."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs.update(epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=Path, required=True, metavar="FILE")
        parser.add_argument("--origin", required=True, help="first day that is forecast, such as 2017-11-06")
        parser.add_argument("--horizon-days", type=int, required=True)
        parser.add_argument("--folds", type=int, default=1, help="fold k moves the origin by k horizons")
        parser.add_argument("--models", default="pareto_nbd,boosted,blend")
        parser.add_argument("--same-day", choices=("merge", "separate"), default="merge")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--predictions", type=Path, metavar="OUT.parquet")
        parser.add_argument("--json", type=Path, metavar="OUT", help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        from learning.estimator import ModelFitError
        from learning.interaction_files import InputError

        try:
            self._evaluate(options)
        except (InputError, ModelFitError) as error:
            raise CommandError(str(error)) from error

    def _evaluate(self, options: JsonObject) -> None:
        import pandas as pd

        from forecasts.ml.members.evaluation import MODELS, evaluate, predictions, read_orders, trials
        from forecasts.ml.members.purchase_history import SECONDS_PER_DAY
        from learning.interaction_files import InputError, seconds_of

        models = [name.strip() for name in options["models"].split(",") if name.strip()]
        for name in models:
            if name not in MODELS:
                raise InputError(f"there is no model {name!r}; known: {', '.join(MODELS)}")
        if min(options["horizon_days"], options["folds"]) < 1 or not models:
            raise InputError("--horizon-days and --folds must be 1 or more, --models not empty")
        origin = seconds_of(options["origin"]) // SECONDS_PER_DAY
        orders = read_orders(options["orders"], merge_days=options["same_day"] == "merge")
        if orders.n_refunds:
            print(f"{orders.n_refunds} days with more given back than bought left out", file=sys.stderr)
        rows, lines = [], []
        for trial in trials(orders, origin_day=origin, days=options["horizon_days"], folds=options["folds"]):
            for name in models:
                print(f"fold {trial.fold}: {name}", file=sys.stderr, flush=True)
                figures, forecasts = evaluate(trial, model=name, seed=options["seed"])
                rows.append(figures)
                if trial.fold == 0:
                    lines.append(predictions(forecasts, model=name))
        if options["predictions"]:
            pd.concat(lines).to_parquet(options["predictions"], index=False)
        document = as_json(rows)
        if options["json"]:
            options["json"].write_text(document + "\n", encoding="utf-8")
        else:
            self.stdout.write(document)
