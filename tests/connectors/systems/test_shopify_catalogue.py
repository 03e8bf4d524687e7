"""Customers and products of Shopify as members and products."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.applying.dispatch import apply_items
from connectors.applying.known import Context
from connectors.applying.results import Result
from connectors.models import Connection
from connectors.systems.shopify.messages import read_message
from membership.models import Consent, Member, Product, ProductGroup
from tests.connectors.payloads import shopify_customer, shopify_product
from tests.connectors.shops import connect
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def connection() -> Connection:
    return connect("shopify")


def say(connection: Connection, topic: str, data: dict[str, Any], now: datetime = NOW) -> Result:
    return apply_items(read_message(topic, data), Context(connection=connection, now=now, reason=topic))


def test_a_customer_becomes_a_member_with_consents_and_tags(connection: Connection) -> None:
    assert say(connection, "customers/create", shopify_customer()).state == "applied"
    member = Member.objects.get()
    assert (member.member_no, member.name, member.email, member.phone, member.country) == (
        "8100000000011", "Nora Quill", "nora.quill@example.com", "+14155550132", "US",
    )  # fmt: skip
    assert sorted(tag.name for tag in member.tags.all()) == ["vip", "wholesale"]
    assert list(Consent.objects.values_list("channel", "granted")) == [("email", True)]


def test_a_customer_who_is_a_member_already_is_updated_under_their_number(connection: Connection) -> None:
    MemberFactory.create(member_no="M1", email="nora.quill@example.com", name="N")
    say(connection, "customers/update", shopify_customer())
    member = Member.objects.get()
    assert (member.member_no, member.name) == ("M1", "Nora Quill")


def test_an_older_state_of_the_customer_is_left(connection: Connection) -> None:
    say(connection, "customers/update", shopify_customer(first_name="Eleanora"))
    earlier = shopify_customer(updated_at="2026-04-01T00:00:00-07:00")
    assert say(connection, "customers/update", earlier).state == "older"
    assert Member.objects.get().name == "Eleanora Quill"


def test_an_address_that_changes_there_changes_here(connection: Connection) -> None:
    say(connection, "customers/create", shopify_customer())
    say(
        connection,
        "customers/update",
        shopify_customer(email="n@example.org", updated_at="2026-05-03T00:00:00Z"),
    )
    assert Member.objects.get().email == "n@example.org"


def test_a_consent_withdrawn_here_is_not_granted_by_an_old_word_from_there(connection: Connection) -> None:
    say(connection, "customers/create", shopify_customer())
    member = Member.objects.get()
    Consent.objects.create(
        member=member, purpose="marketing", channel="email", granted=False, source="member",
        occurred_at=datetime(2026, 11, 2, tzinfo=UTC),
    )  # fmt: skip
    changed = shopify_customer(first_name="E", updated_at="2026-05-03T00:00:00Z")
    say(connection, "customers/update", changed, now=datetime(2026, 11, 3, tzinfo=UTC))
    assert not member.consents.order_by("-occurred_at").first().granted  # type: ignore[union-attr]  # there is one


def test_an_erased_member_does_not_come_back(connection: Connection) -> None:
    say(connection, "customers/create", shopify_customer())
    Member.objects.update(status="erased", email=None, phone=None, name="", member_no="erased-1")
    result = say(connection, "customers/update", shopify_customer(updated_at="2026-05-03T00:00:00Z"))
    assert result.state == "refused"
    assert Member.objects.get().name == ""


def test_a_deleted_customer_gets_no_mail_and_is_shown_to_staff(connection: Connection) -> None:
    say(connection, "customers/create", shopify_customer())
    result = say(connection, "customers/delete", {"id": 8100000000011})
    assert (result.state, "8100000000011" in result.detail) == ("staff", True)
    assert not Member.objects.get().consents.order_by("-id").first().granted  # type: ignore[union-attr]  # there is one


@pytest.mark.parametrize("topic", ["customers/redact", "customers/data_request", "shop/redact"])
def test_requests_about_personal_data_go_to_staff(connection: Connection, topic: str) -> None:
    assert say(connection, topic, {"customer": {"id": 5}}).state == "staff"


def test_each_variant_is_a_product(connection: Connection) -> None:
    say(connection, "products/create", shopify_product())
    rows = Product.objects.order_by("price").values_list("sku", "name", "price", "stock", "brand")
    assert list(rows) == [
        ("TEE-S", "Crew Tee – S", Decimal("19.99"), 12, "Loom & Co"),
        ("crew-tee-xl", "Crew Tee – XL", Decimal("21.99"), 0, "Loom & Co"),
    ]


def test_the_variants_of_a_product_become_one_group(connection: Connection) -> None:
    say(connection, "products/create", shopify_product(options=[{"name": "Size", "position": 1}]))

    group = ProductGroup.objects.get()
    assert (group.code, group.name, group.options) == ("crew-tee", "Crew Tee", ["Size"])
    assert list(group.products.order_by("price").values_list("options", flat=True)) == [
        {"Size": "S"}, {"Size": "XL"},
    ]  # fmt: skip


def test_a_variant_that_is_gone_is_hidden_and_a_deleted_product_too(connection: Connection) -> None:
    product = shopify_product()
    say(connection, "products/create", product)
    fewer = shopify_product(variants=product["variants"][:1], updated_at="2026-05-03T00:00:00Z")
    say(connection, "products/update", fewer)
    assert list(Product.objects.filter(is_active=True).values_list("sku", flat=True)) == ["TEE-S"]
    say(connection, "products/delete", {"id": 1})
    assert not Product.objects.filter(is_active=True).exists()
