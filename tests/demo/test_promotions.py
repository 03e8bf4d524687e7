from datetime import timedelta

import pandas as pd
import pytest

from demo.files import MANIFEST, add_promotions, existing
from tests.demo.conftest import LAST_DAY


@pytest.fixture(scope="module")
def rows(demo):
    return pd.read_parquet(demo.path("promotions"))


def test_promotions_have_the_import_columns_and_are_weeks_of_the_source(rows):
    assert ",".join(rows.columns) == "sku,kind,starts_on,ends_on,share"
    assert set(rows["kind"]) == {"display", "mailer", "front_page"}
    assert rows["share"].between(0.05, 1.0).all()
    starts, ends = (pd.to_datetime(rows[name]) for name in ("starts_on", "ends_on"))
    first = pd.Timestamp(LAST_DAY) - timedelta(days=52 * 7 - 1)
    assert ((starts - first).dt.days % 7 == 0).all()
    assert ((ends - starts).dt.days % 7 == 6).all()
    assert starts.min() >= first
    assert ends.max() == pd.Timestamp(LAST_DAY)


def test_only_what_is_often_sold_is_promoted(rows, order_lines):
    sold = order_lines[order_lines["part"] == "orders"].groupby("sku")["quantity"].sum()
    assert sold.reindex(rows["sku"]).ge(50).all()


def test_a_product_is_promoted_once_a_day_and_kind(rows):
    ordered = rows.sort_values(["sku", "kind", "starts_on"])
    same = (ordered[["sku", "kind"]] == ordered[["sku", "kind"]].shift()).all(axis=1)
    assert (
        ordered["starts_on"] > ordered["ends_on"].shift().where(same, None).fillna(pd.Timestamp(0).date())
    ).all()


def test_promoted_weeks_sell_more(rows, order_lines):
    """The source's own effect survives the way through days and shares."""
    lines = order_lines.assign(
        day=pd.to_datetime(order_lines["placed_at"], utc=True).dt.tz_convert("America/New_York")
    )
    first = pd.Timestamp(LAST_DAY, tz="America/New_York") - timedelta(days=52 * 7 - 1)
    lines["week"] = (lines["day"] - first).dt.days // 7
    units = lines.groupby(["sku", "week"])["quantity"].sum().unstack(fill_value=0)
    big = rows[(rows["kind"] == "mailer") & (rows["share"] >= 0.5)]
    lift = []
    for row in big.itertuples():
        week = (pd.Timestamp(row.starts_on) - first.tz_localize(None)).days // 7
        lift.append(units.loc[row.sku].get(week, 0) / units.loc[row.sku].mean())
    assert sum(lift) / len(lift) > 1.2


def test_an_older_demo_gets_its_promotions(demo, rows, tmp_path):
    for name in ("manifest.json", *(f"{n}.parquet" for n in demo.manifest["rows"] if n != "promotions")):
        (tmp_path / name).symlink_to(demo.directory / name)
    assert existing(directory=tmp_path) is not None
    assert (tmp_path / MANIFEST).exists()
    add_promotions(directory=tmp_path)
    assert pd.read_parquet(tmp_path / "promotions.parquet").equals(rows)
