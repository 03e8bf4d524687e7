"""How hard the demo's fraud is: the average precision of single features, simple rules and two quick models.

    python -m benchmarks.fraud.demo_difficulty [--households N] [--seed 7]

The demo must not be trivial (no feature and no rule may reach .5) and must reward a look at the order of
events: a model over the last orders should beat a logistic regression on the order at hand. Truth, and not
the labels that arrive, is what is scored here; the split is by time, the last 90 days are the test.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.results import SHORT, Report, options_of, parser_of
from demo.files import DemoFiles, generate

TRIVIAL = 0.5
TEST_DAYS = 90
STEPS = 6  # how many earlier orders the history model sees
CURRENT = (
    "log_amount", "ratio", "log_gap", "hour_sin", "hour_cos", "n_lines", "amount_a_line", "discount_share",
    "has_coupon", "is_web", "is_app", "is_card", "new_device", "new_instrument", "new_network",
    "ships_abroad", "orders_1h", "orders_1d", "orders_7d", "log_spent_1d", "log_spent_7d", "account_days",
)  # fmt: skip


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--households", type=int, help="how many households; all, unless told")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--last-day", type=date.fromisoformat, default=date(2026, 11, 23))
    options = options_of(parser, households=150)
    with tempfile.TemporaryDirectory() as folder:
        files = generate(
            directory=Path(folder),
            last_day=options.last_day,
            time_zone="America/New_York",
            households=options.households,
            seed=options.seed,
            progress=lambda step, _: print(step, file=sys.stderr),
        )
        table = features(files)
    print(f"orders {len(table):,}, fraud {table['is_fraud'].mean():.3%}, seed {options.seed}\n")
    simple = {"single feature": single_features(table), "rule": rules(table)}
    for title, scores in simple.items():
        shown = scores.sort_values(ascending=False).head(12).round(3)
        print(f"average precision, {title}\n{shown.to_string()}\n")
    learned = models(table)
    print(learned.round(3).to_string())
    with Report("demo_fraud_difficulty", data="demo shop's generated fraud", seed=options.seed) as report:
        for title, scores in simple.items():
            report.add(f"best {title}: average precision", scores.max(), at_most=TRIVIAL)
        for name, value in learned["all"].items():
            report.add(f"{name}: average precision", value)
    if not SHORT and max(scores.max() for scores in simple.values()) >= TRIVIAL:
        sys.exit(f"The demo's fraud is trivial: a feature or rule above reaches {TRIVIAL}.")


def features(files: DemoFiles) -> pd.DataFrame:
    """One row an order, by member and time; nothing in a row is later than its order."""
    parts = [pd.read_parquet(files.path(name)) for name in ("orders", "replay_orders")]
    lines = pd.concat(parts, ignore_index=True)
    price, discount = lines["unit_price"].astype(float), lines["discount"].astype(float)
    lines["gross"] = price * lines["quantity"]
    lines["amount"] = lines["gross"] - discount
    lines["lines"] = 1
    sums = lines.groupby("order_no", sort=False)[["gross", "amount", "lines"]].sum()
    first = lines.drop_duplicates("order_no").set_index("order_no").drop(columns=["gross", "amount", "lines"])
    truth = pd.read_parquet(files.path("fraud_truth")).set_index("order_no")
    table = first.join(sums).join(truth[["is_fraud", "typology"]])
    table["is_fraud"] = table["is_fraud"].eq(True)
    table = table.reset_index().sort_values(["member_no", "placed_at", "order_no"], ignore_index=True)
    return _with_features(table)


def _with_features(table: pd.DataFrame) -> pd.DataFrame:
    member = table.groupby("member_no", sort=False)
    seconds = table["placed_at"].astype("int64") // 1_000_000
    gap = seconds.groupby(table["member_no"]).diff()
    so_far = member["amount"].cumsum() - table["amount"]
    before = member.cumcount()
    hour = table["placed_at"].dt.tz_convert("America/New_York").dt.hour
    table["log_amount"] = np.log1p(table["amount"])
    table["ratio"] = np.log((table["amount"] + 5) / ((so_far + 60) / (before + 2) + 5))
    table["log_gap"] = np.log1p(gap.fillna(30 * 86_400))
    table["hour_sin"], table["hour_cos"] = np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12)
    table["n_lines"] = table["lines"]
    table["amount_a_line"] = np.log1p(table["amount"] / table["lines"])
    table["discount_share"] = 1 - table["amount"] / table["gross"].clip(lower=0.01)
    table["has_coupon"] = table["coupon"].ne("")
    for channel in ("web", "app"):
        table[f"is_{channel}"] = table["channel"].eq(channel)
    table["is_card"] = table["payment_method"].eq("card")
    network = table["ip"].str.rsplit(".", n=1).str[0]
    named = (("new_device", table["device_fingerprint"]), ("new_instrument", table["payment_fingerprint"]))
    for name, value in (*named, ("new_network", network)):
        seen = pd.DataFrame({"member": table["member_no"], "value": value}).duplicated()
        table[name] = value.ne("") & ~seen & before.gt(0)
    table["ships_abroad"] = table["shipping_country"].ne("") & table["shipping_country"].ne(
        table["billing_country"]
    )
    table["account_days"] = (seconds - seconds.groupby(table["member_no"]).transform("first")) / 86_400
    _add_velocity(table, seconds.to_numpy().astype(np.int64))
    return table.astype(dict.fromkeys(CURRENT, "float32"))


def _add_velocity(table: pd.DataFrame, seconds: npt.NDArray[np.int64]) -> None:
    """Orders and dollars of the member in the window before this order, this order not counted."""
    code = pd.factorize(table["member_no"])[0].astype(np.int64)
    axis = code * (1 << 33) + seconds
    rows = np.arange(len(table))
    paid = np.r_[0.0, np.cumsum(table["amount"].to_numpy())]
    for name, window in (("1h", 3_600), ("1d", 86_400), ("7d", 7 * 86_400)):
        begin = np.searchsorted(axis, axis - window)
        table[f"orders_{name}"] = rows - begin
        if name != "1h":
            table[f"log_spent_{name}"] = np.log1p(paid[rows] - paid[begin])


def single_features(table: pd.DataFrame) -> pd.Series:
    """The better of a feature's two directions."""
    from sklearn.metrics import average_precision_score

    truth = table["is_fraud"]
    return pd.Series(
        {
            name: max(average_precision_score(truth, sign * table[name]) for sign in (1, -1))
            for name in CURRENT
        }
    )


def rules(table: pd.DataFrame) -> pd.Series:
    """Rules a risk team would write down first; a rule's score is yes or no."""
    from sklearn.metrics import average_precision_score

    large, huge = table["ratio"] > np.log(2), table["ratio"] > np.log(3)
    tiny, quick = table["amount"] < 6, table["orders_1h"] >= 1
    burst, day = table["orders_1h"] >= 2, table["orders_1d"] >= 2
    new = {name: table[f"new_{name}"] > 0 for name in ("device", "instrument", "network")}
    member = table.groupby("member_no", sort=False)
    recent = {
        name: member[f"new_{name}"].transform(lambda flag: flag.rolling(4, min_periods=1).max()).gt(0)
        for name in new
    }
    flags = {
        "new device & amount > 3x": new["device"] & huge,
        "new device & amount > 2x": new["device"] & large,
        "new device & new instrument": new["device"] & new["instrument"],
        "new device & new network": new["device"] & new["network"],
        "all three new": new["device"] & new["instrument"] & new["network"],
        "new device & an order within the hour": new["device"] & quick,
        "tiny & third within the hour": tiny & burst,
        "tiny & new instrument & within the hour": tiny & new["instrument"] & quick,
        "new instrument & third within the hour": new["instrument"] & burst,
        "third within a day & amount > 2x": day & large,
        "coupon & discount > 30 %": (table["has_coupon"] > 0) & (table["discount_share"] > 0.3),
        "device new in the last 4 & third within a day": recent["device"] & day,
        "device new in the last 4 & third within a day & amount > 2x": recent["device"] & day & large,
        "device and instrument new in the last 4 & third within a day": recent["device"]
        & recent["instrument"]
        & day,
    }
    return pd.Series({name: average_precision_score(table["is_fraud"], hit) for name, hit in flags.items()})


def models(table: pd.DataFrame) -> pd.DataFrame:
    """Average precision on the last 90 days: overall, and each typology against all genuine orders."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    test = (table["placed_at"] >= table["placed_at"].max() - pd.Timedelta(days=TEST_DAYS)).to_numpy()
    truth, kinds = table["is_fraud"].to_numpy(), table["typology"].to_numpy()
    current, history = table[list(CURRENT)].to_numpy(), with_history(table)
    trees = {
        "max_iter": 200,
        "learning_rate": 0.06,
        "max_leaf_nodes": 15,
        "min_samples_leaf": 30,
        "random_state": 0,
    }
    tried = {
        "logistic, current order": (
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
            current,
        ),
        "boosted trees, current order": (HistGradientBoostingClassifier(**trees), current),
        f"boosted trees, last {STEPS + 1} orders": (HistGradientBoostingClassifier(**trees), history),
    }
    rows = {}
    for name, (model, inputs) in tried.items():
        score = model.fit(inputs[~test], truth[~test]).predict_proba(inputs[test])[:, 1]
        row = {"all": average_precision_score(truth[test], score)}
        for kind in sorted(set(kinds[test & truth])):
            of_kind = ~truth[test] | (kinds[test] == kind)
            row[kind] = average_precision_score(truth[test][of_kind], score[of_kind])
        rows[name] = row
    return pd.DataFrame(rows).T


def with_history(table: pd.DataFrame) -> npt.NDArray[np.float32]:
    """The current order's features beside those of the member's last ones, newest first."""
    shown = [name for name in CURRENT if not name.startswith("hour")]
    blocks = [table[list(CURRENT)]]
    blocks += [table.groupby("member_no", sort=False)[shown].shift(step) for step in range(1, STEPS + 1)]
    return np.hstack([block.to_numpy(np.float32) for block in blocks])


if __name__ == "__main__":
    main()
