"""Judge recommenders on a file of one's own; never touches the database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from learning.json_types import JsonObject

if TYPE_CHECKING:
    from learning.interactions import Interactions
    from recommendations.ml.judging.evaluation import Outcome
    from recommendations.ml.judging.trials import Trial

EXAMPLE = """
example:
  manage.py evaluate_recommender --interactions orders.parquet --protocol time-split --cut 2017-12-04 \\
      --horizon-days 28 --surface for-you --models popularity,als,blend --seeds 1,2,3 --json figures.json

The file has the columns member,product,timestamp[,value] (user,item accepted), as .csv, .csv.gz or .parquet.
Figures come for all members, and by length of history (thirds); --groups adds those of groups of yours.
--lists holds the arrays users (n) and items (n x k, best first) of the last model named, fold 0, first seed;
with several models also items_MODEL for each.
"""


class Command(BaseCommand):
    help = "Judge recommenders on a file: full ranking, split by time or leave-last-out."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs.update(epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--interactions", type=Path, required=True, metavar="FILE")
        parser.add_argument("--protocol", choices=("leave-last-out", "time-split"), required=True)
        parser.add_argument("--cut", help="first day of the test window (time-split)")
        parser.add_argument("--horizon-days", type=int, default=28)
        parser.add_argument("--folds", type=int, default=1, help="fold k moves the cut by k horizons")
        parser.add_argument("--surface", choices=("buy-again", "for-you"), default="for-you")
        parser.add_argument(
            "--part", choices=("test", "validation"), default="test", help="leave-last-out only"
        )
        parser.add_argument(
            "--attributes", type=Path, metavar="A.json", help="product -> list of attribute ids"
        )
        parser.add_argument(
            "--groups", type=Path, metavar="G.csv", help="columns member,group: figures for each group too"
        )
        parser.add_argument("--models", default="popularity,als,blend")
        parser.add_argument(
            "--tune", type=int, default=0, metavar="N", help="try N settings a model on the window before"
        )
        parser.add_argument(
            "--grid", action="store_true", help="try all settings of the search space instead of N"
        )
        parser.add_argument(
            "--studies", type=Path, help="an SQLite file to keep the searches in: a killed one goes on"
        )
        parser.add_argument("--seeds", default="1", help="whole numbers, separated by commas")
        parser.add_argument("--lists", type=Path, metavar="OUT.npz")
        parser.add_argument("--list-length", type=int, default=10)
        parser.add_argument("--json", type=Path, metavar="OUT", help="default: standard output")

    def handle(self, *args: object, **options: Any) -> None:
        from learning.estimator import ModelFitError
        from learning.interaction_files import InputError

        try:
            self._evaluate(options)
        except (InputError, ModelFitError) as error:
            raise CommandError(str(error)) from error

    def _evaluate(self, options: JsonObject) -> None:
        from learning.interaction_files import InputError, read_attributes, read_groups, read_interactions
        from recommendations.ml.model_list import MODELS

        models = [name.strip() for name in options["models"].split(",") if name.strip()]
        for name in models:
            if name not in MODELS:
                raise InputError(f"there is no model {name!r}; known: {', '.join(MODELS)}")
        seeds = _whole_numbers(options["seeds"])
        if min(options["horizon_days"], options["folds"], options["list_length"]) < 1 or not models:
            raise InputError(
                "--horizon-days, --folds and --list-length must be 1 or more, --models not empty"
            )
        interactions = read_interactions(options["interactions"])
        if options["attributes"]:
            interactions = interactions.described(read_attributes(options["attributes"]))
        groups = read_groups(options["groups"]) if options["groups"] else None
        outcomes: list[Outcome] = []
        for trial in _trials(interactions, options):
            for name in models:
                for seed in seeds:
                    print(f"fold {trial.fold}: {name}, seed {seed}", file=sys.stderr, flush=True)
                    outcomes.append(_judged(trial, name, seed, groups=groups, options=options))
        document = json.dumps([outcome.figures for outcome in outcomes], indent=1)
        if options["lists"]:
            _write_lists(outcomes, options["lists"])
        if options["json"]:
            options["json"].write_text(document + "\n", encoding="utf-8")
        else:
            self.stdout.write(document)


def _judged(
    trial: Trial, name: str, seed: int, *, groups: dict[str, str] | None, options: JsonObject
) -> Outcome:
    """One model on one fold; with ``--tune`` its settings are those that do best on the window before."""
    from recommendations.ml.judging.evaluation import evaluate
    from recommendations.ml.judging.tuned import configured, tuned_on

    tuned = None
    if (options["tune"] or options["grid"]) and trial.tuning is not None:
        tuned = tuned_on(
            [trial.tuning],
            model=name,
            tries=options["tune"],
            seed=seed,
            grid=options["grid"],
            studies=options["studies"],
        )
    outcome = evaluate(
        trial,
        model=name,
        seed=seed,
        list_length=options["list_length"],
        groups=groups,
        unfitted=None if tuned is None else configured(name, tuned.changes),
    )
    if tuned is not None:
        outcome.figures["tuned"] = tuned.as_parameters()
    return outcome


def _trials(interactions: Interactions, options: JsonObject) -> Iterator[Trial]:
    from learning.interaction_files import InputError, seconds_of
    from recommendations.ml.judging.trials import leave_last_out_trial, time_split_trials

    if options["protocol"] == "leave-last-out":
        yield leave_last_out_trial(interactions, part=options["part"])
        return
    if not options["cut"]:
        raise InputError("time-split needs --cut, the first day of the test window, such as 2017-12-04")
    yield from time_split_trials(
        interactions,
        cut=seconds_of(options["cut"]),
        horizon_days=options["horizon_days"],
        surface=options["surface"],
        folds=options["folds"],
    )


def _write_lists(outcomes: list[Outcome], path: Path) -> None:
    import numpy as np

    first = [item for item in outcomes if item.fold == 0 and item.seed == outcomes[0].seed]
    arrays = {"users": first[0].member_ids, "items": first[-1].product_ids}
    if len(first) > 1:
        arrays.update({f"items_{item.model}": item.product_ids for item in first})
    with path.open("wb") as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]  # numpy types its kwargs as bool


def _whole_numbers(text: str) -> list[int]:
    from learning.interaction_files import InputError

    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(f"--seeds {text!r} are not whole numbers separated by commas") from error
