"""Every reader of a list honours every reason for which a product may not be shown to a member."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from membership.mail_columns import product_picks
from membership.models import Category, Member, Product
from recommendations.models import RepeatGap, SimilarProduct, Surface
from recommendations.panels import member_context
from recommendations.services.serving.member_lists import recommend
from recommendations.services.serving.stored_lists import listed_now
from registry.models import ModelVersion
from tests.api_client import key_client, member_client
from tests.factories import (
    CategoryFactory,
    EventFactory,
    MemberFactory,
    ModelVersionFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    RecommendationFactory,
    SegmentFactory,
    SegmentMembershipFactory,
)

pytestmark = pytest.mark.django_db
Reader = Callable[[Member, list[Product]], set[int]]
"""Shows the member a list of these products, and says which of them are on it."""
Filter = Callable[[Member, Product], object]
DAY = timedelta(days=1)


# --- readers ---------------------------------------------------------------------------------------------
def store(member: Member, products: list[Product], surface: str) -> Any:
    """A list of before all orders on *for you*, where none may hold what is bought; else one of now."""
    entries = [{"product": one.pk, "score": 0.5, "because": []} for one in products]
    made = timezone.now() - 500 * DAY * (surface == Surface.FOR_YOU)
    version = ModelVersion.objects.first() or ModelVersionFactory()
    return RecommendationFactory(
        member=member, surface=surface, products=entries, scored_at=made, model_version=version
    )


def ids(answer: Any) -> set[int]:
    assert answer.status_code == 200, answer.content
    return set(Product.objects.filter(sku__in=[one["sku"] for one in answer.json()["products"]]).values_list(
        "pk", flat=True
    ))  # fmt: skip


def stored(surface: str) -> Reader:
    def read(member: Member, products: list[Product]) -> set[int]:
        store(member, products, surface)
        path = f"/api/v1/members/{member.public_id}/recommendations/"
        return ids(key_client("recommendations:read").get(path, {"surface": surface}))

    return read


def popular(member: Member, products: list[Product]) -> set[int]:
    for product in products:
        OrderItemFactory(product=product)
    return ids(member_client(member).get(f"/api/v1/members/{member.public_id}/recommendations/"))


def segment(member: Member, products: list[Product]) -> set[int]:
    group = SegmentFactory(member_count=2)
    SegmentMembershipFactory(member=member, segment=group)
    other = SegmentMembershipFactory(segment=group).member
    for product in [*products, *(ProductFactory() for _ in range(5))]:
        OrderItemFactory(order=OrderFactory(member=other, placed_at=timezone.now()), product=product)
    return ids(member_client(member).get(f"/api/v1/members/{member.public_id}/recommendations/"))


def around_own(member: Member, products: list[Product]) -> set[int]:
    own = OrderItemFactory(order=OrderFactory(member=member)).product
    goes_with(own, products)
    return ids(member_client(member).get(f"/api/v1/members/{member.public_id}/recommendations/"))


def admin_list(member: Member, products: list[Product]) -> set[int]:
    ((_row, shown),) = listed_now(rows=[store(member, products, Surface.FOR_YOU)])
    return {one.product.pk for one in shown}


def admin_list_again(member: Member, products: list[Product]) -> set[int]:
    ((_row, shown),) = listed_now(rows=[store(member, products, Surface.BUY_AGAIN)])
    return {one.product.pk for one in shown}


def mail(member: Member, products: list[Product]) -> set[int]:
    store(member, products, Surface.FOR_YOU)
    skus = [one.sku for one in product_picks([member.pk], n=10).get(member.pk, [])]
    return set(Product.objects.filter(sku__in=skus).values_list("pk", flat=True))


def panel(member: Member, products: list[Product]) -> set[int]:
    for surface in Surface:
        store(member, products, surface)
    lists = member_context(member)["lists"]
    first, second = ({one.product.pk for one in shown["served"].products} for shown in lists)
    assert first <= second  # what may be listed as new may be listed as bought
    return second


def goes_with(product: Product, others: list[Product], kind: str = "together") -> None:
    entries = [{"product": one.pk, "score": 0.9} for one in others]
    SimilarProduct.objects.create(product=product, kind=kind, products=entries, scored_at=timezone.now())


def beside(route: str, kind: str) -> Reader:
    def read(member: Member, products: list[Product]) -> set[int]:
        product = ProductFactory()
        goes_with(product, products, kind)
        return ids(member_client(member).get(f"/api/v1/products/{product.public_id}/{route}/"))

    return read


def trending(member: Member, products: list[Product]) -> set[int]:
    for product in products:
        OrderItemFactory(order=OrderFactory(placed_at=timezone.now() - DAY), product=product)
    return ids(member_client(member).get("/api/v1/recommendations/trending/"))


def cart(member: Member, products: list[Product]) -> set[int]:
    product = ProductFactory()
    goes_with(product, products)
    given = {"products": [product.sku], "member": member.member_no}
    return ids(key_client("recommendations:read").post("/api/v1/recommendations/cart/", given))


def empty_cart(member: Member, products: list[Product]) -> set[int]:
    """Of a member without a list: what is popular."""
    for product in products:
        OrderItemFactory(product=product)
    return ids(member_client(member).post("/api/v1/recommendations/cart/", {"products": []}))


def search(member: Member, products: list[Product]) -> set[int]:
    Product.objects.filter(pk__in=[one.pk for one in products]).update(name="Oolong")
    return ids(member_client(member).get("/api/v1/products/search/", {"q": "oolong"}))


READERS: dict[str, Reader] = {
    "for you": stored(Surface.FOR_YOU), "buy again": stored(Surface.BUY_AGAIN), "popular": popular,
    "segment": segment, "around own": around_own, "admin": admin_list, "admin again": admin_list_again,
    "mail": mail, "panel": panel, "similar": beside("similar", "similar"),
    "together": beside("bought-together", "together"), "trending": trending, "cart": cart,
    "empty cart": empty_cart, "search": search,
}  # fmt: skip


# --- filters ---------------------------------------------------------------------------------------------
def mark(**values: object) -> Filter:
    return lambda _member, product: Product.objects.filter(pk=product.pk).update(**values)


def too_young(member: Member, product: Product) -> None:
    born = timezone.localdate() - 18 * 365 * DAY  # some days short of 18 years
    Member.objects.filter(pk=member.pk).update(birth_date=born)
    mark(min_age=18)(member, product)


def of_an_older_category(member: Member, product: Product) -> None:
    drinks = CategoryFactory(min_age=18)
    mark(category=CategoryFactory(parent=drinks))(member, product)


def bought(member: Member, product: Product, *, days: float = 400, **values: Any) -> None:
    order = OrderFactory(
        member=member, placed_at=timezone.now() - days * DAY, status=values.pop("status", "paid")
    )
    OrderItemFactory(order=order, product=product, **values)


def bought_once(member: Member, product: Product) -> None:
    bought(member, product)
    mark(buy_again_days=0)(member, product)


def too_early(member: Member, product: Product) -> None:
    bought(member, product, days=29)
    mark(buy_again_days=30)(member, product)


def learned(product: Product, **values: Any) -> None:
    RepeatGap.objects.create(
        product=product, gaps=50, learned_at=timezone.now(),
        **{"days": 40, "early_days": 0, "again_share": 0.5, **values},
    )  # fmt: skip


def learned_once(member: Member, product: Product) -> None:
    bought(member, product)
    learned(product, is_once=True)


def learned_too_early(member: Member, product: Product) -> None:
    bought(member, product, days=4)
    learned(product, early_days=5)


def gift(member: Member, product: Product) -> None:
    bought(member, product, is_gift=True)


def not_interested(member: Member, product: Product) -> None:
    EventFactory(
        member=member, type="not_interested", product=product, occurred_at=timezone.now() - 300 * DAY
    )


def returned(member: Member, product: Product) -> None:
    bought(member, product, status="refunded")


def in_the_cart(member: Member, product: Product) -> None:
    EventFactory(member=member, type="cart", product=product, occurred_at=timezone.now() - DAY / 24)


MARKS: dict[str, Filter] = {
    "age not known": mark(min_age=18), "too young": too_young, "older category": of_an_older_category,
    "country": mark(countries="AT,DE"), "language": mark(languages="de,fr"),
}  # fmt: skip
DEEDS: dict[str, Filter] = {
    "once": bought_once, "too early": too_early, "learned once": learned_once,
    "learned too early": learned_too_early, "gift": gift, "not interested": not_interested,
    "returned": returned, "cart": in_the_cart,
}  # fmt: skip
FILTERS = {**MARKS, **DEEDS}


@pytest.fixture
def member() -> Member:
    made: Member = MemberFactory(country="US", language="en", birth_date=None)
    return made


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("reason", FILTERS)
def test_every_reader_honours_every_reason(member: Member, reader: str, reason: str) -> None:
    barred, kept = ProductFactory(), ProductFactory()
    FILTERS[reason](member, barred)
    member.refresh_from_db()
    shown = READERS[reader](member, [barred, kept])

    assert kept.pk in shown
    # who searches for a product by name finds it again
    assert (barred.pk in shown) == (reader == "search" and reason in DEEDS)


@pytest.mark.parametrize("reader", READERS)
def test_without_a_reason_all_is_shown(member: Member, reader: str) -> None:
    products: list[Product] = [ProductFactory(), ProductFactory()]

    assert {one.pk for one in products} <= READERS[reader](member, products)


@pytest.mark.parametrize("reader", READERS)
def test_marks_that_a_member_meets_bar_nothing(member: Member, reader: str) -> None:
    Member.objects.filter(pk=member.pk).update(birth_date="1970-05-01", language="de-at", country="AT")
    member.refresh_from_db()
    product = ProductFactory(min_age=18, countries="AT,DE", languages="de,fr")

    assert product.pk in READERS[reader](member, [product])


@pytest.mark.parametrize("reader", ["buy again", "admin again", "cart", "similar", "trending"])
def test_what_is_due_may_be_offered_again(member: Member, reader: str) -> None:
    due, learned_due, overridden = (ProductFactory() for _ in range(3))
    bought(member, due, days=30)
    mark(buy_again_days=30)(member, due)
    bought(member, learned_due, days=5)
    learned(learned_due, early_days=5)
    bought(member, overridden, days=5)
    learned(overridden, is_once=True)
    mark(buy_again_days=3)(member, overridden)

    assert {due.pk, learned_due.pk, overridden.pk} <= READERS[reader](member, [due, learned_due, overridden])


def test_a_member_who_refuses_is_not_shown_what_is_not_for_them(member: Member) -> None:
    member.consents.create(purpose="profiling", channel="email", granted=False, source="test")
    barred, kept = ProductFactory(min_age=18), ProductFactory()

    for reader in (popular, trending, empty_cart, beside("similar", "similar")):
        assert reader(member, [barred, kept]) & {barred.pk, kept.pk} == {kept.pk}


def test_a_product_of_its_own_mind_is_not_bound_by_its_category(member: Member) -> None:
    drinks = CategoryFactory(min_age=18)
    product = ProductFactory(category=drinks, min_age=0)

    assert product.pk in popular(member, [product])


class TestWithoutAMember:
    """Who looks is told by the query; nobody's age is known unless it says so."""

    def trending(self, *products: Product, **query: str | int) -> set[int]:
        for product in products:
            OrderItemFactory(order=OrderFactory(placed_at=timezone.now()), product=product)
        return ids(key_client("recommendations:read").get("/api/v1/recommendations/trending/", query))

    def test_age_marks_need_an_age(self):
        wine, tea = ProductFactory(min_age=18), ProductFactory()

        assert self.trending(wine, tea) == {tea.pk}
        assert self.trending(age=17) == {tea.pk}
        assert self.trending(age=18) == {wine.pk, tea.pk}

    def test_the_market_is_the_shops_unless_given(self):
        here, there = ProductFactory(countries="US"), ProductFactory(countries="AT,DE")
        english, german = ProductFactory(languages="en"), ProductFactory(languages="de")

        assert self.trending(here, there, english, german) == {here.pk, english.pk}
        assert self.trending(country="Austria", language="de-AT") == {there.pk, german.pk}

    def test_beside_a_marked_product_stand_others_with_its_mark(self):
        whisky, wine, adult = (
            ProductFactory(min_age=18),
            ProductFactory(min_age=18),
            ProductFactory(min_age=21),
        )
        goes_with(whisky, [wine, adult], "similar")
        client = key_client("recommendations:read")
        path = f"/api/v1/products/{whisky.public_id}/similar/"

        assert ids(client.get(path)) == {wine.pk}
        assert ids(client.get(path, {"age": 30})) == {wine.pk, adult.pk}

    def test_a_members_token_cannot_say_another_age(self, member: Member):
        wine = ProductFactory(min_age=18, name="Wine")
        OrderItemFactory(order=OrderFactory(placed_at=timezone.now()), product=wine)
        client = member_client(member)

        for path in ("recommendations/trending/?age=40", "products/search/?q=wine&age=40"):
            assert ids(client.get(f"/api/v1/{path}")) == set()

    def test_a_catalogue_search_by_key_finds_all_unless_it_says_who_looks(self):
        wine = ProductFactory(min_age=18, name="Wine")
        client = key_client("products:read")

        assert ids(client.get("/api/v1/products/search/", {"q": "wine"})) == {wine.pk}
        assert ids(client.get("/api/v1/products/search/", {"q": "wine", "age": "17"})) == set()

    @pytest.mark.parametrize(
        "query", [{"age": -1}, {"age": "old"}, {"country": "Nowhere"}, {"language": "?"}]
    )
    def test_wrong_queries_are_refused(self, query: dict[str, str | int]):
        answer = key_client("recommendations:read").get("/api/v1/recommendations/trending/", query)

        assert answer.status_code == 400


def test_a_category_hands_its_age_down() -> None:
    top = CategoryFactory()
    middle = CategoryFactory(parent=top)
    low = CategoryFactory(parent=middle, min_age=21)
    top.min_age = 18
    top.save()

    def ages() -> list[int | None]:
        return [Category.objects.get(pk=one.pk).least_age for one in (top, middle, low)]

    assert ages() == [18, 18, 21]
    moved = Category.objects.get(pk=middle.pk)
    moved.parent = None
    moved.save()
    assert ages() == [18, None, 21]


@pytest.mark.parametrize("reason", ["gift", "not interested", "returned"])
def test_no_reason_names_what_the_member_disowns(member: Member, reason: str) -> None:
    product, named, other = ProductFactory(), ProductFactory(name="Doll"), ProductFactory(name="Tea")
    DEEDS[reason](member, named)
    entries = [{"product": product.pk, "score": 0.5, "because": [named.pk, other.pk]}]
    row = RecommendationFactory(member=member, products=entries, scored_at=timezone.now())
    ((_row, (listed,)),) = listed_now(rows=[row])
    served = recommend(member=member, surface=Surface.FOR_YOU)

    for one in (listed, served.products[0]):
        assert [because.name for because in one.reason.products] == ["Tea"]


def test_what_the_member_disowns_leads_to_nothing(member: Member) -> None:
    """Of a member without a list: what goes with products of their own."""
    disowned, kept, with_disowned, with_kept = (ProductFactory() for _ in range(4))
    bought(member, disowned, days=9)
    bought(member, kept, days=9)
    goes_with(disowned, [with_disowned])
    goes_with(kept, [with_kept])
    EventFactory(member=member, type="not_interested", product=disowned, occurred_at=timezone.now() - DAY)
    served = recommend(member=member, surface=Surface.FOR_YOU)

    assert [one.product for one in served.products] == [with_kept]
