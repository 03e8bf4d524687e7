"""Forecasts beside the classical models on the classical data: who buys, when, how much, and what to stock.

    python -m benchmarks.forecasts.published [--seeds 1,2,3] [--parts cdnow,journey,demand,speed]

CDNOW's 1/10 sample (39 weeks known, 39 forecast) is looked for under BENCH_DATA; Complete Journey comes from
its package and is simulated data, for education only. Every part that lacks its data prints "not run".
Settings were chosen on windows that end before the ones judged here. Lower is better, but for AUC and corr.
"""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np

from benchmarks.forecasts import data as data
from benchmarks.peers.forecasts import Guess, bg_nbd, lightgbm_on_rfm, same_again, weekly_peers
from benchmarks.results import SHORT, Goals, Report, options_of, parser_of
from forecasts.ml.demand import evaluation as demand_evaluation
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.evaluation import MODELS, Trial, figures, trials
from forecasts.ml.members.forecast_blend import MemberBlend
from forecasts.ml.members.purchase_history import MemberForecasts, PurchaseHistory
from learning import forecast_metrics as metrics
from learning.detection_metrics import auc_roc, brier
from learning.measuring import measured

JOURNEY_ORIGINS = ("2017-11-06", "2017-09-11") if not SHORT else ("2017-11-06",)
BEST_SELLERS = 500 if not SHORT else 40
LEVELS = (0.1, 0.5, 0.9)
GOALS: Goals = {
    "Complete Journey 2017-11-06, blend: median_mae": (None, 3.37),
    "Complete Journey 2017-09-11, blend: median_mae": (None, 3.54),
    "Complete Journey 2017-11-06, blend: mean_rmse": (None, 5.2),
    "Complete Journey 2017-09-11, blend: mean_rmse": (None, 5.48),
    "Complete Journey 2017-11-06, blend: spend_mae": (None, 115.6),
    "Complete Journey 2017-09-11, blend: spend_mae": (None, 107.4),
    "Complete Journey 2017-11-06, blend: gap_mae": (None, 8.82),
    "Complete Journey 2017-09-11, blend: gap_mae": (None, 8.88),
    "Complete Journey 2017-11-06, blend: gap_pinball": (None, 2.99),
    "Complete Journey 2017-09-11, blend: gap_pinball": (None, 3.0),
    "Complete Journey 2017-11-06, blend: brier": (None, 0.066),
    "Complete Journey 2017-09-11, blend: brier": (None, 0.069),
    "Complete Journey 2017-11-06, blend: auc": (0.890, None),
    "Complete Journey 2017-09-11, blend: auc": (0.893, None),
    "Complete Journey 2017-11-06, blend: bias_%": (-5, 5),
    "Complete Journey 2017-11-06, blend: spend_bias_percent": (-5, 5),
    "Complete Journey 2017-11-06, blend: interval80_coverage": (0.78, 0.82),
    "Complete Journey 2017-11-06, blend: spend80_coverage": (0.78, 0.82),
    "Complete Journey 2017-11-06, blend: gap80_coverage": (0.78, 0.82),
    "Complete Journey 2017-09-11, blend: bias_%": (-5, 5),
    "Complete Journey 2017-09-11, blend: spend_bias_percent": (-5, 5),
    "Complete Journey 2017-09-11, blend: interval80_coverage": (0.78, 0.82),
    "Complete Journey 2017-09-11, blend: spend80_coverage": (0.78, 0.82),
    "Complete Journey 2017-09-11, blend: gap80_coverage": (0.78, 0.82),
    "CDNOW, blend: deviance": (None, 1.516),
    "Weekly units 2017-11-06, without promotions: wape": (None, 0.48),
    "Weekly units 2017-11-06, without promotions: rmsse": (None, 0.778),
    "Weekly units 2017-09-11, without promotions: wape": (None, 0.482),
    "Weekly units 2017-09-11, without promotions: rmsse": (None, 0.754),
    "Weekly units 2017-11-06, with planned promotions: wape": (None, 0.383),
    "Weekly units 2017-11-06, with planned promotions: rmsse": (None, 0.685),
    "Weekly units 2017-09-11, with planned promotions: wape": (None, 0.42),
    "Weekly units 2017-09-11, with planned promotions: rmsse": (None, 0.689),
}
TIMED = ("cpu_s", "wall_s", "peak_MB", "cpu_seconds")


def ours(forecasts: MemberForecasts) -> Guess:
    columns = (
        forecasts.expected_orders,
        forecasts.median_orders,
        forecasts.p_inactive,
        forecasts.median_spend,
    )
    mean, median, p_none, spend = (column[:, 0].astype(np.float64) for column in columns)
    waits = forecasts.next_order_days.astype(np.float64)
    return Guess(mean=mean, median=median, p_none=p_none, spend=spend, waits=waits)


def line(trial: Trial, guess: Guess) -> dict[str, float]:
    """The figures that peers have too."""
    came, days = trial.came, trial.days
    row = {
        "mean_mae": metrics.mean_absolute_error(came.orders, guess.mean),
        "mean_rmse": metrics.root_mean_squared_error(came.orders, guess.mean),
        "bias_%": metrics.bias_percent(came.orders, guess.mean),
        "corr": metrics.correlation(came.orders, guess.mean),
        "deviance": metrics.poisson_deviance(came.orders, np.maximum(guess.mean, 1e-6)),
    }
    if guess.median is not None:
        row["median_mae"] = metrics.mean_absolute_error(came.orders, guess.median)
    if guess.spend is not None:
        row["spend_mae"] = metrics.mean_absolute_error(came.spend, guess.spend)
    if guess.p_none is not None:
        row["auc"] = auc_roc(came.orders == 0, guess.p_none)
        row["brier"] = brier(came.orders == 0, guess.p_none)
    if guess.waits is not None:
        waits = np.clip(np.floor(guess.waits), 0, days)
        row["gap_mae"] = metrics.mean_absolute_error(came.wait_days, waits[:, 1])
        losses = [metrics.pinball(came.wait_days, waits[:, k], level=level) for k, level in enumerate(LEVELS)]
        row["gap_pinball"] = float(np.mean(losses))
    return row


def show(report: Report, title: str, name: str, row: dict[str, float]) -> None:
    """Prints a model's figures, and keeps them under ``title``; seeds of one model are one figure."""
    print(f"{name:>24}  " + "  ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)
    model = name.partition(", seed")[0]
    for key, value in row.items():
        report.add(f"{title}, {model}: {key}", value, timed=key in TIMED)


def show_peer(report: Report, title: str, name: str, row: dict[str, float], *, beside: str) -> None:
    """Prints a peer's figures, and keeps them with those of the model ``beside``."""
    print(f"{name:>24}  " + "  ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)
    for key, value in row.items():
        report.add_peer(f"{title}, {beside}: {key}", name, value, timed=key in TIMED)


def compare(trial: Trial, blend: Guess, peers: dict[str, Guess]) -> None:
    """Paired bootstrap of each member's loss, the served model against each peer."""
    rng, came = np.random.default_rng(1), trial.came
    for name, peer in peers.items():
        losses = {
            "squared error of the mean": ((came.orders - blend.mean) ** 2, (came.orders - peer.mean) ** 2),
        }
        if peer.median is not None and blend.median is not None:
            losses["absolute error of the median"] = (
                np.abs(came.orders - blend.median),
                np.abs(came.orders - peer.median),
            )
        if peer.spend is not None and blend.spend is not None:
            losses["absolute error of spend"] = (
                np.abs(came.spend - blend.spend),
                np.abs(came.spend - peer.spend),
            )
        for what, (mine, theirs) in losses.items():
            mean, low, high = metrics.paired_bootstrap(mine, theirs, rng=rng)
            print(f"    blend - {name}, {what}: {mean:+.3f} ({low:+.3f} to {high:+.3f})", flush=True)


def members(report: Report, title: str, trial: Trial, *, seeds: list[int], classical_data: bool) -> None:
    """One trial: peers, our models for every seed, and the differences."""
    peers = {"same again": same_again(trial.history, trial.days)}
    peers["LightGBM on RFM"] = lightgbm_on_rfm(trial.history, trial.days, seed=1)
    pareto = Classical().fit(trial.history, rng=np.random.default_rng(1))
    peers["Pareto/NBD"] = ours(pareto.forecast(trial.history, horizons=(trial.days,)))
    if classical_data:
        peers["BG/NBD"] = bg_nbd(trial.history, trial.days)
        both = 0.5 * (peers["LightGBM on RFM"].mean + peers["Pareto/NBD"].mean)
        peers["mean of these two"] = Guess(both)
    for name, guess in peers.items():
        show_peer(report, title, name, line(trial, guess), beside="blend")
    first: Guess | None = None
    for seed in seeds:
        for name in ("boosted", "blend") if seed == seeds[0] else ("blend",):
            with measured() as cost:
                model = MODELS[name](trial.days).fit(trial.history, rng=np.random.default_rng(seed))
                forecasts = model.forecast(trial.history, horizons=(trial.days,))
            more = figures(trial, forecasts, model=name, seed=seed)
            kept = ("spend_bias_percent", "interval80_coverage", "spend80_coverage", "gap80_coverage")
            extra = {key: float(more[key]) for key in kept} | {"cpu_s": cost.cpu_seconds}
            show(report, title, f"{name}, seed {seed}", line(trial, ours(forecasts)) | extra)
            if name == "blend" and first is None:
                first = ours(forecasts)
    if first is not None:
        compare(trial, first, peers)


def cdnow(report: Report, seeds: list[int]) -> None:
    path = data.cdnow_file()
    print("\n== CDNOW 1/10 sample: orders of 39 weeks, from 39 weeks")
    if path is None:
        report.not_run(f"needs {data.CDNOW_SOURCE}, under DATA")
        return
    for trial in trials(data.cdnow(path), origin_day=data.day("1997-10-01"), days=273):
        members(report, "CDNOW", trial, seeds=seeds, classical_data=True)


def journey(report: Report, seeds: list[int]) -> None:
    folder = data.journey_folder()
    if folder is None:
        report.not_run(f"Complete Journey needs {data.JOURNEY_SOURCE}")
        return
    orders = data.journey(folder)
    for origin in JOURNEY_ORIGINS:
        print(f"\n== Complete Journey: 56 days from {origin}, every basket an order")
        for trial in trials(orders, origin_day=data.day(origin), days=56):
            members(report, f"Complete Journey {origin}", trial, seeds=seeds, classical_data=False)


def demand(report: Report, seeds: list[int]) -> None:
    folder = data.journey_folder()
    if folder is None:
        report.not_run(f"weekly units need {data.JOURNEY_SOURCE}")
        return
    sales = data.journey_sales(folder)
    for origin in JOURNEY_ORIGINS:
        print(
            f"\n== Complete Journey: weekly units of the {BEST_SELLERS} best sellers, 8 weeks from {origin}"
        )
        title = f"Weekly units {origin}"
        column = (data.day(origin) - data.day(data.FIRST_MONDAY)) // 7
        best = np.sort(np.argsort(-sales.units[:, :column].sum(axis=1), kind="stable")[:BEST_SELLERS])
        past = sales.units[best, :column].astype(np.float64)
        truth = sales.units[best, column : column + 8].astype(np.float64)
        for name, mean in weekly_peers(past).items():
            guess = np.repeat(mean[:, None], 8, axis=1)
            wape = metrics.weighted_absolute_percentage_error(truth.ravel(), guess.ravel())
            bias = metrics.bias_percent(truth.ravel(), guess.ravel())
            rmsse = metrics.scaled_error(truth, guess, past=past)
            row = {"wape": wape, "rmsse": rmsse, "bias_percent": bias}
            show_peer(report, title, name, row, beside="without promotions")
        shown = ("wape", "rmsse", "bias_percent", "pinball", "interval80_coverage", "cpu_seconds")
        for name, model in (("mean of 8 weeks", "recent_mean"), ("mean of 13 weeks", "recent_mean_13")):
            row = demand_evaluation.evaluate(
                sales, column, model=model, weeks=8, planned=False, top=BEST_SELLERS, seed=1
            )
            show_peer(report, title, name, {key: row[key] for key in shown}, beside="without promotions")
        for seed in seeds:
            for planned in (False, True):
                known = sales if planned else replace(sales, promotions=None)
                row = demand_evaluation.evaluate(
                    known, column, model="demand", weeks=8, planned=planned, top=BEST_SELLERS, seed=seed
                )
                what = "with planned promotions" if planned else "without promotions"
                show(report, title, f"{what}, seed {seed}", {key: row[key] for key in shown})


def generated(n_members: int, *, days: int = 730, seed: int = 1) -> PurchaseHistory:
    """Members who buy at their own rate until they leave (Pareto/NBD), about eight orders each."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.8, 1 / 40.0, n_members)
    joined = rng.integers(0, days, n_members)
    life = np.minimum(rng.exponential(400.0, n_members), days - joined)
    counts = 1 + rng.poisson(rate * life)
    rows = np.repeat(np.arange(n_members), counts)
    when = joined[rows] + (rng.random(len(rows)) * life[rows]).astype(np.int64)
    amounts = rng.gamma(3.0, 12.0, len(rows))
    return PurchaseHistory.from_orders(rows, when * 86_400, amounts, as_of_day=days)


def speed(report: Report, sizes: tuple[int, ...]) -> None:
    print("\n== Fit and forecast at 30, 90 and 365 days (generated members)")
    for size in sizes:
        history = generated(size)
        gc.collect()
        with measured() as cost:
            model = MemberBlend().fit(history, rng=np.random.default_rng(1))
            forecasts = model.forecast(history)
        row = {"orders": history.n_orders, "wall_s": cost.wall_seconds, "cpu_s": cost.cpu_seconds}
        show(
            report,
            "Speed",
            f"{size:,} generated members",
            row | {"peak_MB": cost.peak_rss_mb, "members": len(forecasts.members)},
        )
    folder = data.journey_folder()
    if folder is not None:
        orders = data.journey(folder, merge_days=True)
        with measured() as cost:
            MemberBlend().fit(orders, rng=np.random.default_rng(1)).forecast(orders)
        row = {"orders": orders.n_orders, "wall_s": cost.wall_seconds, "cpu_s": cost.cpu_seconds}
        show(report, "Speed", "demo shop's members", row | {"peak_MB": cost.peak_rss_mb})


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--parts", default="cdnow,journey,demand,speed")
    parser.add_argument("--sizes", default="100000,1000000", help="generated members, for speed")
    options = options_of(parser, seeds="1", sizes="500", parts="cdnow,journey,demand,speed")
    seeds = [int(text) for text in options.seeds.split(",")]
    parts = options.parts.split(",")
    data = "CDNOW 1/10 sample; Complete Journey (simulated)"
    with Report("forecasts", data=data, seed=options.seeds, goals=GOALS) as report:
        if "cdnow" in parts:
            cdnow(report, seeds)
        if "journey" in parts:
            journey(report, seeds)
        if "demand" in parts:
            demand(report, seeds)
        if "speed" in parts:
            speed(report, tuple(int(text) for text in options.sizes.split(",")))


if __name__ == "__main__":
    main()
