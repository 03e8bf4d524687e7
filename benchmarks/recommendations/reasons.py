"""Are the reasons of the served model true? Its score without the products that a reason names.

    python -m benchmarks.recommendations.reasons [--shop var | --households 300]
        [--lists 1000] [--seeds 1,2,3]

For members drawn from the shop, the first product of their *for you* list is asked about three times: with
the member's whole history, without the products that its reason names, and without as many others of theirs.
Goal: of 1,000 lists at least 90 % lose more without the named ones. ``--shop`` names the ``var`` folder of a
shop that is set up; without it a demo is made and a model trained on it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.recommendations.demo_lists import shop_with_a_model
from benchmarks.results import Report, options_of, parser_of


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--shop", type=Path)
    parser.add_argument("--households", type=int, default=300)
    parser.add_argument("--lists", type=int, default=1_000)
    parser.add_argument("--seeds", default="1,2,3")
    options = options_of(parser, households=60, lists=40, seeds="1")
    report = Report("recommendation_reasons", data="demo shop: simulated purchases", seed=options.seeds)
    with report, shop_with_a_model(shop=options.shop, households=options.households):
        from django.utils import timezone

        from recommendations.features import Signals, load_history
        from recommendations.ml.judging.faithfulness import removal
        from registry.services.versions import load_live

        loaded = load_live("recommendations")
        signals = Signals.from_parameters(loaded.version.parameters)
        history = load_history(as_of=timezone.now(), signals=signals).everything
        print(f"{loaded.version} ({loaded.version.estimator}), {history.n_members:,} members")
        for seed in (int(part) for part in options.seeds.split(",")):
            figures = removal(loaded.estimator, history, lists=options.lists, rng=np.random.default_rng(seed))
            named, others = (
                np.median(1 - left / figures.score)
                for left in (figures.without_named, figures.without_others)
            )
            print(
                f"seed {seed}: {len(figures):,} lists, {figures.share:.1%} lose more without the named"
                f" products; of the score, median: {named:.1%} against {others:.1%}",
                flush=True,
            )
            report.add("reasons that are true: share of lists", figures.share, at_least=0.9)


if __name__ == "__main__":
    main()
