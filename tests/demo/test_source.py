from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from demo import source
from demo.source import exact_unit_price, line_gross_cents
from demo.wording import in_words


@pytest.fixture(scope="session")
def paid_at_the_till() -> pd.Series:
    """What the source says each order's lines brought in, in whole cents."""
    table = pd.read_parquet(source.package_data() / "transactions.parquet")
    table = table[table["quantity"] > 0]
    table["cents"] = np.rint(table["sales_value"] * 100).astype("int64")
    return table.set_index(["basket_id", "product_id"])["cents"]


def test_every_line_multiplies_back_to_what_was_paid(order_lines, truth, paid_at_the_till):
    real = order_lines[~order_lines["order_no"].isin(truth["order_no"])]
    total = real["unit_price"] * real["quantity"].map(Decimal) - real["discount"]
    cents = total.map(lambda amount: int(amount.quantize(Decimal("0.01")) * 100))
    key = pd.MultiIndex.from_arrays(
        [real["order_no"].str.removeprefix("CJ-").astype("int64"), real["sku"].astype("int64")]
    )
    assert len(real) > 20_000
    assert (cents.to_numpy() == paid_at_the_till.reindex(key).to_numpy()).all()


def test_counted_goods_need_no_rounding(order_lines):
    counted = order_lines[order_lines["quantity"] < source.WEIGHED_FROM]
    gross = counted["unit_price"] * counted["quantity"].map(Decimal)
    assert all(amount == amount.quantize(Decimal("0.01")) for amount in gross)
    assert (counted["discount"] <= gross).all()


def test_three_for_a_dollar_are_34_cents_each():
    price = exact_unit_price(gross_cents=np.array([100, 100]), quantity=np.array([3, 4]))
    assert price.tolist() == [340_000, 250_000]


def test_fuel_keeps_its_quantity_and_its_price_of_a_fraction_of_a_cent():
    gross, quantity = np.array([2745]), np.array([10_951])
    price = exact_unit_price(gross_cents=gross, quantity=quantity)
    assert price.tolist() == [2507]
    assert line_gross_cents(price=price, quantity=quantity).tolist() == [2745]


def test_no_line_lies_between_two_cents(order_lines):
    gross = order_lines["unit_price"] * order_lines["quantity"].map(Decimal)
    assert all(amount % Decimal("0.01") != Decimal("0.005") for amount in gross)


def test_a_tie_takes_the_next_millionth():
    price = exact_unit_price(gross_cents=np.array([3595]), quantity=np.array([15_300]))
    assert price.tolist() == [2351]


def test_the_last_local_day_is_the_given_one(order_lines):
    local = order_lines["placed_at"].dt.tz_convert("America/New_York")
    assert local.dt.date.max() == date(2026, 3, 15)
    assert local.dt.date.min() == date(2025, 3, 16)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-03-08 02:30:00", "2026-03-08 07:00:00"),  # skipped in spring: the first moment after
        ("2026-11-01 01:30:00", "2026-11-01 06:30:00"),  # twice in autumn: the second
        ("2026-07-01 12:00:00", "2026-07-01 16:00:00"),
    ],
)
def test_clock_changes_have_one_answer(local, utc):
    seconds = source._to_utc_seconds(pd.Series(pd.to_datetime([local])), time_zone="America/New_York")
    assert pd.Timestamp(seconds[0], unit="s") == pd.Timestamp(utc)


def test_the_shops_clock_is_five_hours_behind_the_sources():
    moved = source._shifted(pd.Series(pd.to_datetime(["2018-01-01 04:01:20"])), last_day=date(2026, 11, 23))
    assert moved[0] == pd.Timestamp("2026-11-23 23:01:20")


def test_rows_without_a_quantity_are_left_out_and_counted(demo, order_lines):
    assert (order_lines["quantity"] > 0).all()
    assert demo.manifest["counts"]["lines_without_quantity_left_out"] > 0


def test_till_abbreviations_become_words():
    assert in_words(pd.Series(["FRZN NOVELTIES/WTR ICE", None])).tolist() == [
        "Frozen Novelties / Water Ice",
        "",
    ]
