from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from learning.interaction_files import (
    InputError,
    read_attributes,
    read_groups,
    read_interactions,
    seconds_of,
)


def write(folder: Path, text: str, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_user_and_item_are_accepted(tmp_path: Path):
    read = read_interactions(write(tmp_path, "user,item,timestamp\n4,9,0\n2,9,5\n"))

    assert read.members.ids.tolist() == [2, 4]
    assert read.timestamps.tolist() == [0, 5]
    assert read.values.tolist() == [1, 1]


def test_groups_are_read_by_the_text_of_the_id(tmp_path: Path):
    assert read_groups(write(tmp_path, "user,group\n4,7\n5,8\n")) == {"4": "7", "5": "8"}
    with pytest.raises(InputError, match="has no column group"):
        read_groups(write(tmp_path, "member,tier\n4,gold\n"))


def test_parquet_dates_become_seconds(tmp_path: Path):
    frame = pd.DataFrame(
        {
            "member": ["a", "a"],
            "product": ["x", "y"],
            "timestamp": pd.to_datetime(["1970-01-01 00:01", "1970-01-02 00:00"]),
        }
    )
    frame.to_parquet(tmp_path / "rows.parquet")

    assert read_interactions(tmp_path / "rows.parquet").timestamps.tolist() == [60, 86_400]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("member,product\n1,2\n", "no column timestamp; it has member, product"),
        ("member,product,timestamp\n", "holds no rows"),
        ("", "cannot be read"),
        ("member,product,timestamp\n1,2,3\n1,,3\n", "row 2: product is empty"),
        ("member,product,timestamp\n1,2,yesterday or so\n", "neither a date nor a number"),
        ("member,product,timestamp,value\n1,2,3,nan\n", "row 1: value must be a number above 0"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str):
    with pytest.raises(InputError, match=message):
        read_interactions(write(tmp_path, text))


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="neither"):
        read_interactions(write(tmp_path, "x", name="rows.txt"))


def test_a_truncated_parquet_file_is_refused(tmp_path: Path):
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"member": range(100)}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:200])

    with pytest.raises(InputError, match="cannot be read"):
        read_interactions(path)


def test_a_day_becomes_its_first_second():
    assert seconds_of("1970-01-02") == 86_400
    with pytest.raises(InputError, match="is not a date"):
        seconds_of("the 4th")


def test_days_and_minutes_may_be_mixed_and_zones_become_utc(tmp_path: Path):
    rows = "member,product,timestamp\n1,2,1970-01-02\n1,3,1970-01-01T02:00:05+02:00\n"

    assert read_interactions(write(tmp_path, rows)).timestamps.tolist() == [86_400, 5]


def test_attributes_are_lists_by_product(tmp_path: Path):
    assert read_attributes(write(tmp_path, '{"p1": [3, 5]}', name="a.json")) == {"p1": [3, 5]}
    for text, message in (("[1]", "must be one JSON object"), ("{", "cannot be read as JSON")):
        with pytest.raises(InputError, match=message):
            read_attributes(write(tmp_path, text, name="a.json"))
