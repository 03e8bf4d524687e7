"""What members did, counted within windows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from membership.models import Event, Member, Order
from membership.rules.behaviours import (
    AT_ALL,
    Bound,
    bounds_of,
    category_ids,
    measures,
    one_member,
    rows_of,
    uses_lines,
    window_days,
)
from membership.rules.compiling import members_of
from membership.rules.language import parse
from membership.rules.nodes import Behaviour, Relative
from tests.factories import (
    CategoryFactory,
    EventFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    StoreFactory,
)
from tests.membership.rules.rule_texts import rule_of


def behaviour(text: str) -> Behaviour:
    rule = parse(text)
    assert isinstance(rule, Behaviour)
    return rule


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("bought()", [AT_ALL]),
        ("bought(within: 7d)", [AT_ALL]),
        ("bought(exactly: 0)", [Bound("times", "=", 0)]),
        ("bought(at_least: 2, units_at_most: 9)", [Bound("times", ">=", 2), Bound("units", "<=", 9)]),
        ("bought(spend_at_least: 9.5)", [Bound("spend", ">=", Decimal("9.5"))]),
    ],
)
def test_without_a_bound_once_is_enough(text, bounds) -> None:
    assert bounds_of(behaviour(text)) == bounds


@pytest.mark.parametrize(
    ("bound", "needs"),
    [
        (Bound("times", ">=", 1), True),
        (Bound("times", "=", 2), True),
        (Bound("times", ">=", 0), False),
        (Bound("times", "=", 0), False),
        (Bound("spend", "<=", 5), False),
    ],
)
def test_whether_a_member_without_rows_fails_a_bound(bound, needs) -> None:
    assert bound.needs_something is needs


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('bought(category: "Tea")', True),
        ("bought(units_at_least: 2)", True),
        ("bought(at_least: 2, spend_at_least: 5)", False),
        ('bought(store: "north")', False),
    ],
)
def test_order_lines_are_read_only_for_products_or_units(text, lines) -> None:
    assert uses_lines(behaviour(text)) is lines


@pytest.mark.parametrize(
    ("given", "window"),
    [
        ({}, (None, None)),
        ({"within": Relative(7, "d")}, (date(2026, 2, 23), None)),
        ({"since": date(2026, 1, 1), "within": Relative(1, "w")}, (date(2026, 2, 23), None)),
        ({"since": date(2026, 3, 1), "within": Relative(1, "m")}, (date(2026, 3, 1), None)),
        ({"until": Relative(-1, "d")}, (None, date(2026, 3, 1))),
    ],
)
def test_the_narrower_start_of_a_window_counts(noon, given, window) -> None:
    assert window_days(given, as_of=noon) == window


@pytest.mark.django_db
def test_a_category_holds_all_below_it() -> None:
    food = CategoryFactory(name="Food")
    tea = CategoryFactory(name="Tea", parent=food)
    green = CategoryFactory(name="Green", parent=tea)
    CategoryFactory(name="Toys")

    assert set(category_ids(food.pk)) == {food.pk, tea.pk, green.pk}
    assert category_ids(green.pk) == [green.pk]


@pytest.mark.django_db
def test_a_category_that_is_gone_means_nobody_rather_than_everybody(noon) -> None:
    with pytest.raises(LookupError):
        category_ids(99)


@pytest.mark.django_db
def test_orders_that_were_taken_back_do_not_count(noon) -> None:
    member = MemberFactory()
    for status in Order.Status.values:
        OrderItemFactory(order=OrderFactory(member=member, status=status, placed_at=noon))

    assert rows_of(behaviour("bought()"), as_of=noon).count() == 4
    assert rows_of(behaviour("bought(units_at_least: 1)"), as_of=noon).count() == 4


@pytest.mark.django_db
def test_nothing_after_the_moment_counts(noon) -> None:
    OrderFactory(placed_at=noon + timedelta(seconds=1))
    EventFactory(occurred_at=noon + timedelta(seconds=1))

    assert not rows_of(behaviour("bought()"), as_of=noon).exists()
    assert not rows_of(behaviour("viewed()"), as_of=noon).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "kind"),
    [("viewed", "view"), ("carted", "cart"), ("wishlisted", "wishlist"), ("clicked", "click")],
)
def test_each_behaviour_counts_events_of_its_own_type(noon, name, kind) -> None:
    for one in Event.Type.values:
        EventFactory(type=one)

    assert [row.type for row in rows_of(behaviour(f"{name}()"), as_of=noon)] == [kind]


@pytest.mark.django_db
def test_times_are_orders_units_are_pieces_and_spend_is_exact(noon) -> None:
    order = OrderFactory(placed_at=noon)
    for total in ("0.10", "0.20"):
        OrderItemFactory(order=order, quantity=2, total=Decimal(total))
    OrderItemFactory(order=order, quantity=700, units=None, total=Decimal("0.40"))  # sold by weight

    measured = one_member(
        behaviour("bought(at_least: 1, units_at_least: 1, spend_at_least: 0.7)"),
        member_id=order.member_id,
        as_of=noon,
    )

    assert measured == {"spend": Decimal("0.7"), "times": 1, "units": 4}


@pytest.mark.django_db
def test_a_member_who_did_nothing_is_measured_as_zero(noon) -> None:
    measured = one_member(behaviour("bought(at_least: 1)"), member_id=MemberFactory().pk, as_of=noon)

    assert measured == {"times": 0}


@pytest.mark.django_db
def test_only_the_given_members_are_measured(noon) -> None:
    one, _other = OrderFactory(), OrderFactory()

    rows = measures(behaviour("bought()"), as_of=noon, among=[one.member_id])

    assert [row["member_id"] for row in rows] == [one.member_id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("bought(at_least: 0)", {"none", "once", "twice"}),
        ("bought(at_most: 1)", {"none", "once"}),
        ("bought(exactly: 0)", {"none"}),
        ("bought(at_least: 1, at_most: 1)", {"once"}),
        ("bought(spend_at_most: 10)", {"none", "once"}),
        ('bought(store: "north", at_most: 0)', {"none", "once"}),
        ('bought(channel: "web")', {"once"}),
    ],
)
def test_upper_bounds_hold_for_members_without_orders_too(noon, text, finds) -> None:
    MemberFactory(member_no="none")
    OrderFactory(member=MemberFactory(member_no="once"), channel="web")
    twice, north = MemberFactory(member_no="twice"), StoreFactory(code="north")
    OrderFactory.create_batch(2, member=twice, channel="store", store=north)

    members: list[Member] = list(members_of(rule_of(text), as_of=noon))

    assert {member.member_no for member in members} == finds


@pytest.mark.django_db
def test_products_are_selected_by_brand_and_sku(noon) -> None:
    item = OrderItemFactory(product=ProductFactory(sku="P1", brand="Acme"))

    for text in ('bought(brand: "Acme")', 'bought(product: "P1")', 'bought(brand: "Acme", product: "P1")'):
        assert [member.pk for member in members_of(rule_of(text), as_of=noon)] == [item.member_id]
    assert not members_of(behaviour('bought(brand: "acme")'), as_of=noon).exists()
