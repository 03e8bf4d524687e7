"""Products for a mail merge, from all apps that registered some."""

from __future__ import annotations

import pytest

from membership import mail_columns
from membership.mail_columns import ProductPick, product_picks, register_product_picks

TEA, COFFEE, CUPS = (ProductPick(sku, sku.title(), "because") for sku in ("TEA", "COFFEE", "CUPS"))


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch) -> None:
    monkeypatch.setattr(mail_columns, "_picks", [])


def test_without_apps_nobody_has_products() -> None:
    assert product_picks([1, 2], n=3) == {}


def test_the_app_that_registered_first_comes_first_and_n_is_the_most() -> None:
    register_product_picks(lambda ids, n: {1: [TEA]})
    register_product_picks(lambda ids, n: {1: [COFFEE, CUPS], 2: [CUPS]})

    assert product_picks([1, 2], n=2) == {1: [TEA, COFFEE], 2: [CUPS]}


def test_registering_twice_counts_once() -> None:
    def picks(ids, n):
        return {1: [TEA]}

    register_product_picks(picks)
    register_product_picks(picks)

    assert product_picks([1], n=3) == {1: [TEA]}
