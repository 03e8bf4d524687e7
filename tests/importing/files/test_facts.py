from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from importing.files.facts import Facts, parent_of, plain_contact
from importing.mapping import Plan
from importing.registry import import_kind


def facts_of(kind: str, **columns: list[str]) -> Facts:
    plan = Plan(kind=kind, sources={name: (name,) for name in columns})
    facts = Facts(plan=plan, fields=import_kind(kind).fields(datetime(2026, 6, 1, tzinfo=UTC)))
    facts.see(pa.table(columns))
    return facts


@pytest.mark.parametrize(
    ("days", "order", "unclear"),
    [
        (["03/04/2026", "25/04/2026"], "dmy", False),
        (["03/04/2026", "04/25/2026"], "mdy", False),
        (["03/04/2026", "05/06/2026"], "", True),
        (["2026-03-04"], "", False),
    ],
)
def test_one_day_that_can_be_read_one_way_only_tells_the_order(days, order, unclear):
    facts = facts_of("orders", placed_at=days)
    assert (facts.date_order.get("placed_at", ""), facts.unclear_days) == (order, unclear)


def test_a_column_that_does_not_tell_follows_the_others():
    facts = facts_of("orders", placed_at=["03/04/2026"], cancelled_at=["31/04/2026"])
    assert facts.date_order["placed_at"] == "dmy"


def test_the_decimal_mark_is_told_from_all_amounts():
    assert facts_of("orders", unit_price=["1,50", "1.234,50"]).amounts.decimal_comma
    assert not facts_of("orders", unit_price=["1.50", "1,234.50"]).amounts.decimal_comma


def test_a_phone_of_two_names_and_an_address_of_three_are_shared():
    facts = facts_of(
        "members",
        name=["Ann", "Bob", "Cem"],
        phone=["030 1234567", "+49 30 1234567", "0171 7654321"],
        email=["shop@x.de", "SHOP@x.de", "shop@x.de"],
    )
    phone, email = plain_contact("phone", "0301234567"), "shop@x.de"
    assert facts.shared_contacts() == {("phone", phone), ("email", email)}


def test_one_person_may_repeat_a_contact():
    assert (
        facts_of("members", name=["Ann", "ANN"], phone=["030 1234567"] * 2).shared_contacts() == frozenset()
    )


def test_a_variant_finds_its_parent_by_number():
    facts = facts_of("products", sku=["P", "P-1"], parent=["", "P"], name=["Shirt", ""])
    assert parent_of(facts.parents, "P")["name"] == "Shirt"
    assert parent_of(facts.parents, None) == {}


@pytest.mark.parametrize(
    ("values", "shares"),
    [
        (["0.1", "0", "0.25"], True),
        (["10", "0.5"], False),
        (["10%"], False),
        (["1"], False),
        (["0,15", "1"], True),
    ],
)
def test_shares_are_told_from_per_cent_by_all_values(values: list[str], shares: bool):
    assert facts_of("orders", discount_percent=values).percents_are_shares is shares
