"""The source's mailers and displays as promotions of the demo's products, past and planned.

The source says for each product, store and week whether the product lay on a display and where in the
mailer it stood. A shop plans for all its stores at once, so what is kept is the share of stores, in steps of
a twentieth; weeks that follow each other with the same share are one promotion. The weeks of the held-back
days are what the shop has planned ahead.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from demo.source import LAST_SOURCE_DAY, package_data

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

SOURCE_WEEK_2 = date(2017, 1, 2)
"""Its week 1 is the Sunday before."""
STORES = 112
STEP = 0.05
FEWEST_UNITS = 50
"""A product that sold fewer in the year is not forecast by what is planned for it."""


def promotions(*, directory: Path, last_day: date) -> list[object]:
    """Of the products that the demo's order files in ``directory`` sell often, as an import file's table."""
    import pyarrow as pa

    frame = _merged(_shares(_often_sold(directory)))
    first = SOURCE_WEEK_2 + (last_day - LAST_SOURCE_DAY)
    starts = [first + timedelta(weeks=week) for week in frame["week"].tolist()]
    weeks = frame["weeks"].tolist()
    ends = [start + timedelta(weeks=n) - timedelta(days=1) for start, n in zip(starts, weeks, strict=True)]
    return [
        pa.table(
            {
                "sku": pa.array(frame["product"].to_numpy()).cast(pa.string()),
                "kind": pa.array(frame["kind"].tolist(), pa.string()),
                "starts_on": pa.array(starts, pa.date32()),
                "ends_on": pa.array(ends, pa.date32()),
                "share": pa.array((frame["steps"] * STEP).round(2).to_numpy(), pa.float64()),
            }
        )
    ]


def _often_sold(directory: Path) -> npt.NDArray[np.int64]:
    """Product ids, rising."""
    import numpy as np
    import pyarrow.parquet as pq

    lines = pq.read_table(directory / "orders.parquet", columns=["sku", "quantity"])
    sold = lines.group_by("sku").aggregate([("quantity", "sum")]).to_pandas()
    often = sold.loc[sold["quantity_sum"] >= FEWEST_UNITS, "sku"]
    return np.sort(often.to_numpy().astype(np.int64))


def _shares(products: npt.NDArray[np.int64]) -> pd.DataFrame:
    """product, kind, week (0 is SOURCE_WEEK_2), steps (1 to 20); read a piece at a time."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    wanted = pa.array(products)
    parts = []
    columns = ["product_id", "week", "display_location", "mailer_location"]
    file = pq.ParquetFile(package_data() / "promotions.parquet")
    for batch in file.iter_batches(batch_size=2_000_000, columns=columns):
        rows = pa.Table.from_batches([batch])
        rows = rows.filter(
            pc.and_(pc.is_in(rows["product_id"], value_set=wanted), pc.greater_equal(rows["week"], 2))
        )
        mailer = rows["mailer_location"]
        kinds = {
            "display": pc.not_equal(rows["display_location"], "0"),
            "front_page": pc.equal(mailer, "A"),
            "mailer": pc.not_equal(mailer, "0"),
        }
        for kind, mask in kinds.items():
            chosen = rows.filter(mask).group_by(["product_id", "week"]).aggregate([("week", "count")])
            parts.append(chosen.to_pandas().assign(kind=kind))
    stores = pd.concat(parts).groupby(["product_id", "kind", "week"], as_index=False)["week_count"].sum()
    steps = np.minimum(np.rint(stores["week_count"] / STORES / STEP), 1 / STEP).astype(np.int64)
    table = pd.DataFrame(
        {
            "product": stores["product_id"],
            "kind": stores["kind"],
            "week": stores["week"] - 2,
            "steps": steps,
        }
    )
    return table[table["steps"] >= 1]


def _merged(shares: pd.DataFrame) -> pd.DataFrame:
    """Weeks that follow each other with the same share as one row, with ``weeks``, their number."""
    import numpy as np

    rows = shares.sort_values(["product", "kind", "week"], ignore_index=True)
    same = (rows[["product", "kind", "steps"]] == rows[["product", "kind", "steps"]].shift()).all(axis=1)
    begins = np.flatnonzero(~(same & (rows["week"].diff() == 1)))
    weeks = np.diff(np.append(begins, len(rows)))
    return rows.iloc[begins].assign(weeks=weeks).reset_index(drop=True)
