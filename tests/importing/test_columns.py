from __future__ import annotations

from datetime import UTC, datetime

import pytest

from importing.registry import import_kind, import_kinds
from membership.cleaning.values import Unclean

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def clean(kind: str, name: str, value: object) -> object:
    return next(spec for spec in import_kind(kind).fields(NOW) if spec.name == name).clean(value)


@pytest.mark.parametrize("kind", [kind.name for kind in import_kinds()])
def test_columns_of_a_kind_are_named_once_and_what_may_stand_for_them_exists(kind: str):
    fields = import_kind(kind).fields(NOW)
    names = [spec.name for spec in fields]
    assert len(names) == len(set(names))
    assert {name for spec in fields for name in spec.instead} <= set(names)


def test_prices_are_in_millionths_and_other_amounts_in_thousandths():
    assert clean("orders", "unit_price", "1.25") == 1_250_000
    assert clean("orders", "shipping", "1.25") == 1250


def test_amounts_of_an_order_lose_their_sign():
    assert clean("orders", "discount", "-0.50") == 500


def test_a_moment_later_than_tomorrow_is_refused():
    assert clean("orders", "placed_at", "2026-06-01T23:00:00Z") is not None
    with pytest.raises(Unclean, match="future"):
        clean("orders", "placed_at", "2026-06-03T00:00:00Z")
