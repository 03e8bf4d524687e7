"""Members, products, events and labels; orders have a file of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from membership.models import Category, Event, ImportReport, Member, MemberFeatures, Order, Product
from tests.factories import EventFactory, MemberFactory, OrderFactory, ProductFactory
from tests.importing.import_files import (
    balanced,
    import_rows,
    rejected_rows,
    stock_shop,
    write_csv,
)

pytestmark = pytest.mark.django_db

MEMBER = {
    "member_no": "M7",
    "name": "  Kim   Lee ",
    "email": "Kim.Lee@Example.COM",
    "phone": "(212) 555-0123",
    "birth_date": "1990-02-03",
    "country": "United States",
    "language": "zh_CN",
    "joined_at": "2025-05-01 09:00",
    "tier": "Gold",
    "tags": "VIP; early bird,vip",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def import_members(file: Path, *rows: dict[str, str]) -> ImportReport:
    return import_rows("members", file, [{**MEMBER, **row} for row in rows])


# --- members ---------------------------------------------------------------------------------------------


def test_a_member_is_stored_clean(file):
    import_members(file, {})
    member = Member.objects.get()
    assert (member.name, member.email, member.phone) == ("Kim Lee", "kim.lee@example.com", "+12125550123")
    assert (member.birth_date, member.country, member.language) == (date(1990, 2, 3), "US", "zh-hans")
    assert (member.joined_at, member.tier) == (datetime(2025, 5, 1, 9, tzinfo=UTC), "gold")
    assert sorted(member.tags.values_list("name", flat=True)) == ["early bird", "vip"]
    assert MemberFeatures.objects.get(member=member).dirty_at


def test_the_shop_zone_is_meant_where_a_file_has_none(file, settings):
    settings.TIME_ZONE = "America/New_York"
    import_members(file, {"joined_at": "2025-07-01 09:00"})
    assert Member.objects.get().joined_at == datetime(2025, 7, 1, 13, tzinfo=UTC)


def test_a_phone_is_read_with_its_members_country(file):
    import_members(file, {"country": "Deutschland", "phone": "030 1234567"})
    assert Member.objects.get().phone == "+49301234567"


def test_unusable_details_are_left_empty_and_reported(file):
    report = import_members(
        file, {"email": "no address", "phone": "12", "country": "Atlantis", "tier": "royal"}
    )
    member = Member.objects.get()
    assert (member.email, member.phone, member.country, member.tier) == (None, None, "", "basic")
    left = ("email_left_empty", "phone_left_empty", "country_left_empty", "tier_left_empty")
    assert report.flagged_by_reason == dict.fromkeys(left, 1)
    assert {row["outcome"] for row in rejected_rows(report)} == {"remark"}
    assert (report.created, report.rejected) == (1, 0)


def test_gaps_are_filled_by_rule_and_counted(file):
    report = import_members(file, {"joined_at": "", "tier": "", "country": "", "phone": "+49 30 1234567"})
    member = Member.objects.get()
    assert (member.joined_at, member.tier, member.country) == (None, "basic", "DE")
    assert report.imputed_by_field == {"tier": 1, "country": 1}


@pytest.mark.parametrize(
    "twin",
    [
        {"email": "KIM.LEE@example.com", "phone": ""},
        {"email": "", "phone": "+1 212 555 0123"},
        {"email": "other@example.com", "phone": "212-555-0123"},
    ],
)
@pytest.mark.parametrize("same_file", [True, False])
def test_one_person_under_two_numbers_is_one_member(file, twin, same_file):
    twin = {"member_no": "M8", **twin}
    if same_file:
        report = import_members(file, {}, twin)
    else:
        import_members(file, {})
        report = import_members(file, twin)
    assert Member.objects.get().member_no == "M7"
    assert (report.duplicate, report.flagged_by_reason) == (1, {"same_person": 1})
    assert rejected_rows(report)[0]["reason"].endswith("M7")
    assert balanced(report)


def test_a_known_number_updates_what_the_file_gives(file):
    import_members(file, {})
    report = import_members(file, {"member_no": "m7", "name": "", "email": "new@example.com", "tags": "new"})
    member = Member.objects.get()
    assert (member.name, member.email, member.member_no) == ("Kim Lee", "new@example.com", "M7")
    assert member.tags.count() == 3
    assert (report.updated, report.created) == (1, 0)


def test_the_same_members_again_are_duplicates(file):
    import_members(file, {})
    assert import_members(file, {}).duplicate == 1


def test_an_address_of_another_member_is_not_taken_over(file):
    MemberFactory.create(member_no="M1", email="taken@example.com")
    import_members(file, {})
    report = import_members(file, {"email": "taken@example.com", "name": "Kim Li"})
    assert report.flagged_by_reason == {"belongs_to_other": 1}
    member = Member.objects.get(member_no="M7")
    assert (member.email, member.name) == ("kim.lee@example.com", "Kim Li")


@pytest.mark.parametrize("status", ["erased", "merged"])
def test_erased_and_merged_members_stay_as_they_are(file, status):
    target = MemberFactory.create() if status == "merged" else None
    MemberFactory.create(member_no="M7", name="", email=None, phone=None, status=status, merged_into=target)
    report = import_members(file, {})
    assert report.rejected_by_reason == {f"{status}_member": 1}
    assert Member.objects.get(member_no="M7").email is None


# --- products --------------------------------------------------------------------------------------------


def test_categories_become_one_tree_whatever_their_spelling(file):
    paths = ("Food > Dairy", "FOOD >dairy", "food› Dairy > Milk", "Food")
    rows = [{"sku": f"P{n}", "name": "x", "category": path, "price": "1.50"} for n, path in enumerate(paths)]
    import_rows("products", file, rows)
    assert sorted(Category.objects.values_list("path", flat=True)) == [
        "Food",
        "Food > Dairy",
        "Food > Dairy > Milk",
    ]
    milk = Category.objects.get(name="Milk")
    assert milk.parent is not None
    assert milk.parent.path == "Food > Dairy"
    assert Product.objects.get(sku="P1").category == milk.parent


def test_a_known_sku_is_updated_and_empty_fields_keep_their_value(file):
    rows = [{"sku": "P1", "name": "Milk", "price": "1.50", "stock": "7", "currency": "eur"}]
    import_rows("products", file, rows)
    first = Product.objects.get()
    assert import_rows("products", file, rows).duplicate == 1
    report = import_rows(
        "products", file, [{"sku": "P1", "name": "", "price": "$2.00", "stock": "", "currency": ""}]
    )
    product = Product.objects.get()
    assert (product.name, product.price, product.stock, product.currency) == ("Milk", Decimal(2), 7, "EUR")
    assert (product.pk, product.public_id, report.updated) == (first.pk, first.public_id, 1)


def test_a_product_without_name_or_currency_gets_them_by_rule(file):
    report = import_rows("products", file, [{"sku": "P1", "price": "1"}])
    assert (Product.objects.get().name, Product.objects.get().currency) == ("P1", "USD")
    assert report.imputed_by_field == {"name": 1, "currency": 1}


def test_a_price_that_is_negative_or_missing_is_rejected(file):
    report = import_rows("products", file, [{"sku": "P1", "price": "-1"}, {"sku": "P2", "price": ""}])
    assert report.rejected_by_reason == {"negative": 1, "missing": 1}


# --- events ----------------------------------------------------------------------------------------------

EVENT = {
    "member_no": "M1",
    "type": "Add to cart",
    "sku": "milk",
    "occurred_at": "2026-03-02T12:00:00Z",
    "session": "s",
}


def test_events_are_stored_once(file):
    stock_shop()
    rows = [EVENT, EVENT, {**EVENT, "type": "search", "sku": ""}, {**EVENT, "type": "search", "sku": ""}]
    report = import_rows("events", file, rows)
    assert (report.created, report.duplicate) == (2, 2)
    assert import_rows("events", file, rows).duplicate == 4
    assert set(Event.objects.values_list("type", "product__sku")) == {("cart", "milk"), ("search", None)}


def test_events_that_the_shop_sent_itself_are_not_repeated(file):
    stock_shop()
    member, product = Member.objects.get(member_no="M1"), Product.objects.get(sku="milk")
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    EventFactory.create(member=member, product=product, type="cart", occurred_at=moment, session="s")
    assert import_rows("events", file, [EVENT]).duplicate == 1


def test_events_of_unknown_members_and_products_are_rejected(file):
    stock_shop()
    rows = [{**EVENT, "member_no": "?"}, {**EVENT, "sku": "?"}, {**EVENT, "type": "sneeze"}]
    report = import_rows("events", file, rows)
    assert report.rejected_by_reason == {"unknown_member": 1, "unknown_sku": 1, "not_a_choice": 1}
    assert not Event.objects.exists()


# --- labels ----------------------------------------------------------------------------------------------

LABEL = {"order_no": "A1", "is_fraud": "1", "known_at": "2026-03-09", "source": "chargeback"}


def test_a_label_is_put_on_its_order(file):
    order = OrderFactory.create(order_no="A1")
    assert import_rows("labels", file, [LABEL]).created == 1
    order.refresh_from_db()
    assert (order.is_fraud, order.label_source) == (True, "chargeback")
    assert order.label_known_at == datetime(2026, 3, 9, tzinfo=UTC)
    assert MemberFeatures.objects.get(member=order.member).dirty_at
    assert import_rows("labels", file, [LABEL]).duplicate == 1


def test_the_newest_label_counts_in_any_order_of_rows(file):
    OrderFactory.create(order_no="A1")
    newer = {**LABEL, "is_fraud": "no", "known_at": "2026-03-10", "source": "confirmed"}
    report = import_rows("labels", file, [newer, LABEL])
    assert Order.objects.get().is_fraud is False
    assert (report.created, report.duplicate, report.flagged_by_reason) == (1, 1, {"older_label": 1})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"known_at": "2026-03-01"}, "before_order"),
        ({"known_at": "2099-03-01"}, "future"),
        ({"order_no": "A9"}, "unknown_order"),
        ({"is_fraud": "maybe"}, "not_a_boolean"),
        ({"is_fraud": ""}, "missing"),
    ],
)
def test_a_label_that_cannot_be_is_rejected(file, change, reason):
    OrderFactory.create(order_no="A1")
    assert import_rows("labels", file, [{**LABEL, **change}]).rejected_by_reason == {reason: 1}
    assert Order.objects.get().is_fraud is None


def test_two_labels_of_one_moment_that_contradict_are_not_guessed_at(file):
    OrderFactory.create(order_no="A1")
    report = import_rows("labels", file, [LABEL, {**LABEL, "is_fraud": "0"}])
    assert report.rejected_by_reason == {"label_conflict": 1}
    assert Order.objects.get().is_fraud is True


# --- commands --------------------------------------------------------------------------------------------


def test_the_command_prints_a_report(file, capsys):
    ProductFactory.create(sku="P1", name="x", price="1.00", currency="USD")
    write_csv(file, [{"Article": "P1", "price": "1"}, {"Article": "P2", "price": "?"}])
    call_command("import_products", str(file), "--map", "Article=sku")
    out = capsys.readouterr().out
    assert out.startswith("Products: file.csv")
    assert "not a number" in out


def test_the_command_explains_a_bad_file_and_fails(file):
    file.write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="no column sku, price"):
        call_command("import_products", str(file))


@pytest.mark.parametrize("kind", ImportReport.Kind.values)
def test_each_kind_has_a_command(kind, file):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command(f"import_{kind}", str(file))
