"""Load files: the size that was asked, the same bytes for the same seed, and readable by the import."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from fraud.ml.orders import generated as made_up_orders
from fraud.ml.orders.generated import MadeUp, write_orders
from membership.models import Order
from tests.factories import MemberFactory, ProductFactory


def test_the_given_number_of_orders_by_time_and_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(made_up_orders, "CHUNK", 300)
    frauds = write_orders(tmp_path / "a.parquet", MadeUp(members=20, orders=1_000, fraud_share=0.1))
    rows = pq.read_table(tmp_path / "a.parquet")
    placed = rows["placed_at"].to_pylist()
    assert (len(rows), placed) == (1_000, sorted(placed))
    assert frauds == len(pq.read_table(tmp_path / "a.labels.parquet")) > 50
    assert not list(tmp_path.glob("*.partial"))


def test_the_same_seed_writes_the_same_orders(tmp_path: Path):
    wanted = MadeUp(members=20, orders=500)
    for name in ("a.parquet", "b.parquet"):
        write_orders(tmp_path / name, wanted)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.django_db
def test_the_command_writes_what_the_import_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    ProductFactory(sku="LOAD")
    for number in range(1, 6):
        MemberFactory(member_no=f"M{number:05d}")
    path = tmp_path / "orders.parquet"
    call_command("generate_orders", str(path), members=5, orders=50, skus="LOAD", fraud_share=0.2)
    call_command("import_orders", str(path))
    call_command("import_labels", str(tmp_path / "orders.labels.parquet"))
    assert Order.objects.count() == 50
    assert Order.objects.filter(is_fraud=True, label_source="chargeback").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(CommandError, match="no folder"):
        call_command("generate_orders", str(tmp_path / "gone" / "a.parquet"))
