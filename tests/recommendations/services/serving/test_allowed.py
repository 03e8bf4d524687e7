from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from membership.models import Member, Order, Product
from recommendations.models import Surface
from recommendations.services.serving import allowed
from recommendations.services.serving.allowed import withheld_products
from recommendations.services.serving.viewers import product_rows
from tests.factories import NOON, EventFactory, MemberFactory, OrderFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BOTH = pytest.mark.parametrize("surface", Surface)


def is_withheld(member: Member, product: Product, *, surface: str = Surface.FOR_YOU) -> bool:
    withheld = withheld_products(
        member_ids=[member.pk], products=product_rows([product.pk]), surface=surface, at=NOON + DAY
    )
    return product.pk in withheld.get(member.pk, ())


def order(member: Member, product: Product, *, status: str = "paid", days: float = 0) -> Order:
    line = OrderItemFactory(
        order=OrderFactory(member=member, status=status, placed_at=NOON + days * DAY), product=product
    )
    placed: Order = line.order
    return placed


def event(member: Member, kind: str, product: Product, *, days: float = 0) -> None:
    EventFactory(member=member, type=kind, product=product, occurred_at=NOON + days * DAY)


@pytest.fixture
def member() -> Member:
    made: Member = MemberFactory()
    return made


@pytest.fixture
def product() -> Product:
    made: Product = ProductFactory()
    return made


@pytest.mark.parametrize(
    ("status", "for_you", "buy_again"),
    [
        ("pending", True, False),
        ("paid", True, False),
        ("shipped", True, False),
        ("completed", True, False),
        ("held", True, True),
        ("refunded", True, True),
        ("cancelled", False, False),
        ("declined", False, False),
    ],
)
def test_what_is_in_an_order(
    member: Member, product: Product, status: str, for_you: bool, buy_again: bool
) -> None:
    order(member, product, status=status, days=-400)

    assert is_withheld(member, product) is for_you
    assert is_withheld(member, product, surface=Surface.BUY_AGAIN) is buy_again
    assert not is_withheld(MemberFactory(), product)


def test_what_was_sent_back_may_be_listed_after_another_purchase(member: Member, product: Product) -> None:
    order(member, product, status="refunded", days=-2)
    order(member, product, days=-1)

    assert not is_withheld(member, product, surface=Surface.BUY_AGAIN)


def test_a_line_whose_whole_amount_was_refunded_was_sent_back(member: Member, product: Product) -> None:
    line = order(member, product).items.get()
    line.refunded, line.total = line.total, 0
    line.save()

    assert is_withheld(member, product, surface=Surface.BUY_AGAIN)


@BOTH
def test_what_lies_in_the_cart(member: Member, product: Product, surface: str) -> None:
    event(member, "cart", product)
    assert is_withheld(member, product, surface=surface)
    event(member, "cart_remove", product, days=0.1)
    assert not is_withheld(member, product, surface=surface)
    event(member, "cart", product, days=0.2)
    assert is_withheld(member, product, surface=surface)


def test_an_order_empties_the_cart(member: Member, product: Product) -> None:
    event(member, "cart", product, days=-1)
    order(member, ProductFactory(), status="declined")
    assert is_withheld(member, product)
    order(member, ProductFactory(), status="held")
    assert not is_withheld(member, product)


def test_a_cart_is_forgotten_after_two_weeks(member: Member, product: Product) -> None:
    event(member, "cart", product, days=1.1 - allowed.CART_DAYS)
    assert is_withheld(member, product)
    other = ProductFactory()
    event(member, "cart", other, days=0.9 - allowed.CART_DAYS)
    assert not is_withheld(member, other)


@BOTH
def test_what_is_not_interesting_is_never_forgotten(member: Member, product: Product, surface: str) -> None:
    event(member, "not_interested", product, days=-900)
    event(member, "view", product)

    assert is_withheld(member, product, surface=surface)


@pytest.mark.parametrize("kind", ["wishlist", "favourite"])
def test_a_wish_takes_it_back(member: Member, product: Product, kind: str) -> None:
    event(member, "not_interested", product)
    event(member, kind, product, days=0.5)

    assert not is_withheld(member, product)


def test_so_does_a_purchase(member: Member, product: Product) -> None:
    event(member, "not_interested", product)
    order(member, product, days=0.5)

    assert not is_withheld(member, product, surface=Surface.BUY_AGAIN)


@pytest.mark.parametrize("few", [500, 1])
def test_many_members_take_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(allowed, "FEW_PRODUCTS", few)
    members, products = [MemberFactory() for _ in range(3)], [ProductFactory() for _ in range(2)]
    order(members[0], products[0])
    order(members[0], ProductFactory())
    event(members[1], "cart", products[1])
    rows = product_rows(product.pk for product in products)
    with django_assert_num_queries(3):
        withheld = withheld_products(
            member_ids=[member.pk for member in members],
            products=rows,
            surface=Surface.FOR_YOU,
            at=NOON + DAY,
        )

    assert withheld == {members[0].pk: {products[0].pk}, members[1].pk: {products[1].pk}}
