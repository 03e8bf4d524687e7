"""The generated export comes in as its generator counted it, however its lines lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.importing import shopify_export
from benchmarks.importing.shopify_export import ARRANGEMENTS, write_export
from importing.running import run_import
from membership.models import Member, Order, OrderItem, Product


@pytest.mark.django_db
@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_totals_are_the_generators_own(
    tmp_path: Path, arrangement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shopify_export, "LARGEST", 90)
    path = tmp_path / "orders.csv"
    totals = write_export(path, lines=400, arrangement=arrangement, seed=3)
    report = run_import(kind="orders", path=path, chunk_rows=60)
    assert report.recognised == "Shopify's orders export"
    assert (report.rejected_by_reason, report.read) == ({}, 400)
    assert report.tallies["net_sales.USD"] == 10 * totals.net_cents
    assert Order.objects.count() == totals.orders
    assert Order.objects.counted().count() == totals.counted
    assert OrderItem.objects.count() == totals.lines
    assert (Member.objects.count(), Product.objects.count()) == (totals.members, totals.products)


def test_a_seed_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write_export(tmp_path / name, lines=50, arrangement="shuffled", seed=1)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
