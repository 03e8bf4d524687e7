import fcntl
import json
import os

import pandas as pd
import phonenumbers
import pytest

from demo.files import FILES, MANIFEST, existing, generate
from tests.demo.conftest import LAST_DAY, TIME_ZONE


def _again(directory, households=60, seed=7):
    return generate(
        directory=directory, last_day=LAST_DAY, time_zone=TIME_ZONE, households=households, seed=seed
    )


def test_the_same_arguments_give_the_same_bytes(demo, tmp_path):
    other = _again(tmp_path)
    for name in FILES:
        assert other.path(name).read_bytes() == demo.path(name).read_bytes(), name
    assert (tmp_path / MANIFEST).read_bytes() == (demo.directory / MANIFEST).read_bytes()


def test_another_seed_gives_another_shop_of_the_same_size(demo, tmp_path):
    other = _again(tmp_path, seed=8)
    assert other.manifest["households"] == demo.manifest["households"] == 60
    assert other.path("orders").read_bytes() != demo.path("orders").read_bytes()


def test_a_complete_demo_shop_is_kept_and_an_incomplete_one_rebuilt(tmp_path):
    files = _again(tmp_path, households=5)
    written_at = files.path("orders").stat().st_mtime_ns
    assert _again(tmp_path, households=5).path("orders").stat().st_mtime_ns == written_at
    (tmp_path / MANIFEST).unlink()
    files.path("orders").write_bytes(b"half")
    assert existing(directory=tmp_path) is None
    remade = _again(tmp_path, households=5)
    assert len(pd.read_parquet(remade.path("orders"))) == remade.manifest["rows"]["orders"]


def test_other_arguments_replace_the_shop(tmp_path):
    _again(tmp_path, households=5)
    assert _again(tmp_path, households=6).manifest["households"] == 6


def test_only_one_process_writes_a_folder(tmp_path):
    def is_free(step, part):
        folder = os.open(tmp_path, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return free.append(False)
        finally:
            os.close(folder)
        return free.append(True)

    free: list[bool] = []
    generate(directory=tmp_path, last_day=LAST_DAY, time_zone=TIME_ZONE, households=2, progress=is_free)
    assert set(free) == {False}
    is_free("afterwards", 1.0)
    assert free[-1]


def test_nothing_unfinished_is_left_behind(demo):
    names = {path.name for path in demo.directory.iterdir()}
    assert names == {f"{name}.parquet" for name in FILES} | {MANIFEST}


def test_orders_have_the_import_columns(order_lines):
    expected = (
        "order_no,line_no,member_no,placed_at,sku,quantity,unit_price,discount,currency,status,store,channel,"
        "payment_method,payment_fingerprint,device_fingerprint,address_fingerprint,ip,billing_country,"
        "shipping_country,coupon"
    )
    assert ",".join(order_lines.drop(columns="part").columns) == expected


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("members", "member_no,name,email,phone,birth_date,country,language,joined_at,tier,tags"),
        ("products", "sku,name,category,brand,price,currency,stock"),
        ("events", "member_no,type,sku,occurred_at,session"),
        ("labels", "order_no,is_fraud,known_at,source"),
    ],
)
def test_files_have_the_import_columns(demo, name, columns):
    assert ",".join(pd.read_parquet(demo.path(name)).columns) == columns


def test_no_file_but_one_knows_what_an_order_truly_was(demo):
    for name in set(FILES) - {"fraud_truth"}:
        assert not {"typology", "episode"} & set(pd.read_parquet(demo.path(name)).columns), name


def test_lines_of_an_order_are_adjacent_and_orders_go_by_time(order_lines):
    orders = order_lines["order_no"]
    starts = orders.ne(orders.shift())
    assert starts.sum() == orders.nunique()
    assert order_lines["placed_at"].is_monotonic_increasing
    assert (order_lines["line_no"] == order_lines.groupby("order_no", sort=False).cumcount() + 1).all()


def test_the_last_fortnight_is_held_back(demo, order_lines):
    begins = pd.Timestamp("2026-03-02 00:00", tz=TIME_ZONE)
    placed = order_lines.groupby("part")["placed_at"]
    assert placed.max()["orders"] < begins <= placed.min()["replay_orders"]
    assert pd.Timestamp(demo.manifest["replay_from"]) == begins


def test_every_order_has_its_member_and_product(demo, order_lines):
    members = pd.read_parquet(demo.path("members"))
    products = pd.read_parquet(demo.path("products"))
    assert set(order_lines["member_no"]) == set(members["member_no"])
    assert set(order_lines["sku"]) == set(products["sku"])
    first = order_lines.groupby("member_no")["placed_at"].min()
    assert (members.set_index("member_no")["joined_at"] < first).all()


def test_members_contact_details_can_be_cleaned_and_are_their_own(demo):
    members = pd.read_parquet(demo.path("members"))
    country = members["country"].replace({"us": "US", "USA": "US"})
    parsed = [phonenumbers.parse(*one) for one in zip(members["phone"], country, strict=True) if one[0]]
    assert all(phonenumbers.is_valid_number(number) for number in parsed)
    for numbers in (pd.Series(map(str, parsed)), members["email"].dropna().str.strip().str.lower()):
        assert numbers.is_unique


def test_in_store_orders_have_no_device_and_no_address(order_lines):
    in_store = order_lines[order_lines["channel"] == "store"]
    online = order_lines[order_lines["channel"] != "store"]
    assert (
        in_store[["device_fingerprint", "address_fingerprint", "ip", "shipping_country"]]
        .eq("")
        .all(axis=None)
    )
    assert online[["device_fingerprint", "ip", "payment_fingerprint"]].ne("").all(axis=None)


def test_balances_of_points_never_fall_below_zero(demo):
    points = pd.read_parquet(demo.path("points"))
    gone = points.assign(points=-points["points"], occurred_at=points["expires_at"])
    moves = pd.concat([points, gone]).sort_values("occurred_at")
    at_moment = moves.groupby(["member_no", "occurred_at"])["points"].sum()
    assert (at_moment.groupby("member_no").cumsum() >= 0).all()


def test_the_manifest_says_what_is_generated_and_that_it_is_simulated(demo):
    manifest = json.loads((demo.directory / MANIFEST).read_text())
    assert "simulated" in manifest["notice"]
    assert "payment_fingerprint" in manifest["generated"]["orders"]
