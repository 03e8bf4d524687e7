"""Contradictions among the figures of one member: on the demo's households and on randomly generated shops.

    python -m benchmarks.forecasts.coherence [--shops 100] [--seed 1]

Each random shop has its own size (2 to 400 members), age, rhythm, share of one-time buyers and of leavers.
The served model is fitted on it and asked for 7, 30, 90 and 365 days; every kind of
``forecasts.ml.members.curves.contradictions`` is counted. The demo's households come from Complete Journey.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from benchmarks.forecasts import data
from benchmarks.forecasts.random_shops import random_shop
from benchmarks.results import Report, options_of, parser_of
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.curves.contradictions import contradictions
from forecasts.ml.members.forecast_blend import MemberBlend
from forecasts.ml.members.purchase_history import HORIZONS, SOON_DAYS, PurchaseHistory

MODELS = {"blend": MemberBlend, "pareto_nbd": Classical}
"""Both can be live: Pareto/NBD alone is a new shop's first model."""


def found(history: PurchaseHistory, *, model: str, seed: int) -> Counter[str]:
    """Members by kind of contradiction, without the kinds that have none."""
    fitted = MODELS[model]().fit(history, rng=np.random.default_rng(seed))
    forecasts = fitted.forecast(history, horizons=(SOON_DAYS, *HORIZONS))
    return +Counter(contradictions(forecasts))


def random_shops(report: Report, *, shops: int, seed: int) -> None:
    totals: dict[str, Counter[str]] = {model: Counter() for model in MODELS}
    members = 0
    for number in range(shops):
        history = random_shop(1_000 * seed + number)
        members += len(history)
        for model, total in totals.items():
            own = found(history, model=model, seed=seed)
            if own:
                print(f"shop {number}, {model}: {dict(own)}")
            total.update(own)
    print(f"{shops} random shops, {members} members")
    for model, total in totals.items():
        report.add(f"{shops} random shops, {model}: contradictions", sum(total.values()), at_most=0)


def demo(report: Report, *, seed: int) -> None:
    folder = data.journey_folder()
    if folder is None:
        report.not_run(f"the demo's households need {data.JOURNEY_SOURCE}")
        return
    history = data.journey(folder, merge_days=True)
    for model in MODELS:
        own = found(history, model=model, seed=seed)
        print(f"demo, {len(history)} members, {model}: {dict(own)}")
        report.add(f"demo households, {model}: contradictions", sum(own.values()), at_most=0)


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--shops", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = options_of(parser, shops=3)
    what = "randomly generated shops; Complete Journey (simulated), the orders of a day as one"
    with Report("forecast_coherence", data=what, seed=options.seed) as report:
        random_shops(report, shops=options.shops, seed=options.seed)
        demo(report, seed=options.seed)


if __name__ == "__main__":
    main()
