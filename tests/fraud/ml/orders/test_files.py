from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fraud.ml.orders.columns import DAY, NEVER
from fraud.ml.orders.files import Transactions, read_transactions
from learning.interaction_files import InputError

HEADER = "transaction_id,placed_at,member,store,amount,is_fraud"


def written(folder: Path, *lines: str, header: str = HEADER, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return path


def read(path: Path, *, time_zone: str = "UTC", delay_days: int = 7) -> Transactions:
    return read_transactions(path, time_zone=time_zone, delay_days=delay_days)


def test_a_row_is_one_order(tmp_path: Path):
    table = read(written(tmp_path, "a,1970-01-02 00:00:10,m1,s1,12.34,1"))

    assert table.ids.tolist() == ["a"]
    assert table.day.tolist() == [1]
    assert table.orders.placed_at.tolist() == [DAY + 10]
    assert table.orders.amount_cents.tolist() == [1234]


def test_a_label_is_known_after_the_delay_and_an_empty_one_never(tmp_path: Path):
    orders = read(written(tmp_path, "a,1970-01-01,m,s,1,1", "b,1970-01-01,m,s,1,")).orders

    assert orders.label_known_at.tolist() == [7 * DAY, NEVER]
    assert orders.is_fraud[0] == 1
    assert np.isnan(orders.is_fraud[1])


def test_times_without_a_zone_are_the_shops(tmp_path: Path):
    path = written(tmp_path, "a,1970-01-02 03:00,m,s,1,0")
    table = read(path, time_zone="Asia/Shanghai")

    assert table.day.tolist() == [1]
    assert table.orders.placed_at.tolist() == [DAY + 3 * 3_600 - 8 * 3_600]


def test_times_with_a_zone_keep_it(tmp_path: Path):
    table = read(written(tmp_path, "a,1970-01-01T23:00:00-05:00,m,s,1,0"))

    assert table.orders.placed_at.tolist() == [28 * 3_600]
    assert table.day.tolist() == [1]


def test_other_columns_of_imports_are_used(tmp_path: Path):
    path = written(
        tmp_path, "a,1970-01-01,m,s,1,0,web,d1", "b,1970-01-01,m,s,1,0,,d1",
        header=f"{HEADER},channel,device_fingerprint",
    )  # fmt: skip
    orders = read(path).orders

    assert orders.channel.tolist() == [1, -1]
    assert orders.device[0] == orders.device[1] >= 0


def test_a_parquet_file_is_read(tmp_path: Path):
    frame = pd.DataFrame(
        {
            "transaction_id": [1], "placed_at": [datetime(1970, 1, 2, tzinfo=UTC)], "member": [5],
            "store": [2], "amount": [3.5], "is_fraud": [0],
        }
    )  # fmt: skip
    frame.to_parquet(tmp_path / "t.parquet")

    assert read(tmp_path / "t.parquet").orders.amount_cents.tolist() == [350]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (",1970-01-01,m,s,1,0", "row 1: transaction_id is empty"),
        ("a,1970-01-01,,s,1,0", "row 1: member is empty"),
        ("a,1970-01-01,m,s,,0", "row 1: amount is empty"),
        ("a,1970-01-01,m,s,-1,0", "row 1: amount must be a number from 0"),
        ("a,1970-01-01,m,s,1e13,0", "row 1: amount must be a number from 0"),
        ("a,1970-01-01,m,s,much,0", "row 1: amount must be a number from 0"),
        ("a,1970-01-01,m,s,1,2", "row 1: is_fraud must be 0, 1 or empty"),
        ("a,1970-01-01,m,s,1,maybe", "row 1: is_fraud must be 0, 1 or empty"),
        ("a,yesterday,m,s,1,0", "placed_at must be moments"),
        ("a,17,m,s,1,0", "placed_at must be moments"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(tmp_path: Path, line: str, message: str):
    with pytest.raises(InputError, match=message):
        read(written(tmp_path, line))


def test_an_id_may_be_used_once(tmp_path: Path):
    with pytest.raises(InputError, match="row 2: its transaction_id was used before"):
        read(written(tmp_path, "a,1970-01-01,m,s,1,0", "a,1970-01-01,m,s,1,0"))


def test_missing_columns_and_files_are_named(tmp_path: Path):
    with pytest.raises(InputError, match="no column store, amount, is_fraud; it has transaction_id"):
        read(written(tmp_path, "a,1970-01-01,m", header="transaction_id,placed_at,member"))
    with pytest.raises(InputError, match="there is no file"):
        read(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="holds no rows"):
        read(written(tmp_path))
    with pytest.raises(InputError, match="neither"):
        read(written(tmp_path, name="t.xlsx"))


def test_an_hour_that_a_zone_skips_is_moved_forward(tmp_path: Path):
    table = read(written(tmp_path, "a,2026-03-08 02:30,m,s,1,0"), time_zone="America/New_York")

    moment = datetime.fromtimestamp(int(table.orders.placed_at[0]), UTC)
    assert moment == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
