"""Whether chances and expected orders come true: 7 days from five weekly origins, and longer horizons.

    python -m benchmarks.forecasts.calibration [--parts demo,online_retail,cdnow] [--weeks 5] [--skip-weeks 0]

Every origin is forecast by a model that was fitted, weighted and calibrated on the days before it. The
chances of all weeks together are sorted into ten bins of equal width; a bin counts from 100 forecasts on, and
its figure is the share of members who ordered, less the mean chance. ``--skip-weeks`` moves all origins back,
to weeks on which settings may be chosen. Longer horizons are forecast once, from the last day whose whole
horizon is known: orders expected, over those placed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecasts import data
from benchmarks.results import SHORT, Report, options_of, parser_of
from forecasts.ml.members.boosted_purchases import BoostedConfig
from forecasts.ml.members.evaluation import Trial, learned_for, trials
from forecasts.ml.members.forecast_blend import BlendConfig, MemberBlend
from forecasts.ml.members.purchase_history import HORIZONS, SOON_DAYS, MemberForecasts, PurchaseHistory
from learning.metrics.detection import brier

Array = NDArray[np.float64]

BINS, FEWEST = 10, 100
OFF = 0.03
"""The distance between the mean chance and the share in a bin that is allowed."""
HISTORY_NEEDED = 1.0
"""A horizon is judged where there is this share of it before its origin."""


def demo() -> PurchaseHistory | None:
    folder = data.journey_folder()
    return None if folder is None else data.journey(folder, merge_days=True)


def online_retail() -> PurchaseHistory | None:
    path = data.online_retail_file()
    return None if path is None else data.online_retail(path)


def cdnow() -> PurchaseHistory | None:
    path = data.cdnow_file()
    return None if path is None else data.cdnow(path)


PARTS: dict[str, tuple[Callable[[], PurchaseHistory | None], str]] = {
    "demo": (demo, data.JOURNEY_SOURCE),
    "online_retail": (online_retail, data.RETAIL_SOURCE),
    "cdnow": (cdnow, data.CDNOW_SOURCE),
}


def forecast(trial: Trial, *, seed: int) -> MemberForecasts:
    config = BlendConfig(boosted=BoostedConfig(horizons=learned_for(max(trial.days, HORIZONS[0]))))
    model = MemberBlend(config).fit(trial.history, rng=np.random.default_rng(seed))
    return model.forecast(trial.history, horizons=(trial.days,))


def weekly(report: Report, name: str, orders: PurchaseHistory, *, weeks: int, skip: int, seed: int) -> None:
    """The 7-day chances of all origins together."""
    first = orders.as_of_day - SOON_DAYS * (weeks + skip)
    chances, ordered = [], []
    for trial in trials(orders, origin_day=first, days=SOON_DAYS, folds=weeks):
        made = forecast(trial, seed=seed)
        chances.append(1.0 - made.p_inactive[:, 0].astype(np.float64))
        ordered.append((trial.outcome.orders > 0).astype(np.float64))
        begins = np.datetime64(trial.history.as_of_day, "D")
        print(f"{begins}: mean chance {chances[-1].mean():.3f}, ordered {ordered[-1].mean():.3f}", flush=True)
    chance, came = np.concatenate(chances), np.concatenate(ordered)
    worst = largest_distance(chance, came)
    report.add(f"{name}, 7 days: largest distance in a bin", worst, at_most=OFF)
    report.add(f"{name}, 7 days: mean chance less the share who ordered", chance.mean() - came.mean())
    report.add(f"{name}, 7 days: Brier", brier(came, chance))


def largest_distance(chance: Array, came: Array) -> float:
    """Over the bins of FEWEST and more; each is printed with two standard errors."""
    bins = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
    worst = 0.0
    for place in range(BINS):
        rows = bins == place
        number = int(rows.sum())
        if number < FEWEST:
            continue
        mean, share = float(chance[rows].mean()), float(came[rows].mean())
        error = 2.0 * float(np.sqrt(mean * (1.0 - mean) / number))
        print(f"  {number:6d} of {mean:.3f}: {share:.3f}, {share - mean:+.3f} (chance alone ±{error:.3f})")
        worst = max(worst, abs(share - mean))
    return worst


def longer(report: Report, name: str, orders: PurchaseHistory, *, seed: int) -> None:
    """Orders expected over those placed, in the newest window of each horizon that the data hold."""
    span = orders.as_of_day - int(orders.days.min())
    for days in (SOON_DAYS, *HORIZONS):
        if span < (1.0 + HISTORY_NEEDED) * days:
            continue
        (trial,) = trials(orders, origin_day=orders.as_of_day - days, days=days)
        made = forecast(trial, seed=seed)
        ratio = float(made.expected_orders[:, 0].sum() / max(trial.outcome.orders.sum(), 1.0))
        print(f"{name}, {days} days: expected over placed {ratio:.3f}", flush=True)
        report.add(f"{name}, {days} days: orders expected over placed", ratio)


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--weeks", type=int, default=5)
    parser.add_argument("--skip-weeks", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = options_of(parser, parts="demo", weeks=1)
    what = "Complete Journey (simulated); Online Retail II; CDNOW 1/10 sample; the orders of a day as one"
    with Report("forecast_calibration", data=what, seed=options.seed) as report:
        for part in options.parts.split(","):
            make, source = PARTS[part]
            orders = make()
            print(f"\n== {part}")
            if orders is None:
                report.not_run(f"needs {source}")
                continue
            weekly(report, part, orders, weeks=options.weeks, skip=options.skip_weeks, seed=options.seed)
            if not SHORT and not options.skip_weeks:
                longer(report, part, orders, seed=options.seed)


if __name__ == "__main__":
    main()
