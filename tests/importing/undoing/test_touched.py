"""Rows that somebody has touched since the import stay, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from fraud.models import FraudAlert
from importing.undoing import undo_import
from membership.loyalty.ledger import add_points
from membership.members.consents import record_consent
from membership.models import (
    Consent,
    Event,
    ImportReport,
    ImportUndo,
    Member,
    MemberExport,
    Order,
    OrderItem,
    Product,
    Store,
    Tag,
)
from membership.orders.changes import change_order
from membership.orders.taking import label_order
from tests.factories import (
    AlertReviewFactory,
    EventFactory,
    FraudAlertFactory,
    FraudScoreFactory,
    OrderFactory,
    OrderItemFactory,
    SegmentMembershipFactory,
)
from tests.importing.import_files import order_line
from tests.importing.undoing.shop_state import imported, shop_state

pytestmark = pytest.mark.django_db
MEMBER = {"member_no": "M1", "name": "Ana", "email": "ana@example.com"}


def members(folder: Path, **changes: Any) -> ImportReport:
    return imported(folder, "members", [{**MEMBER, **changes}])


def orders(folder: Path, **changes: Any) -> ImportReport:
    return imported(folder, "orders", [order_line(**changes)])


def kept(undo: ImportUndo, label: str) -> dict[str, int]:
    reasons: dict[str, int] = undo.kept.get(f"membership.{label}", {})
    return reasons


# --- members ---------------------------------------------------------------------------------------------


def test_a_member_with_an_order_from_elsewhere_stays(tmp_path):
    report = members(tmp_path)
    OrderFactory.create(member=Member.objects.get())
    undo = undo_import(report=report)
    assert kept(undo, "Member") == {"used:membership.Order": 1}
    assert undo.kept_rows == [["membership.Member", "M1", "used:membership.Order"]]
    assert Member.objects.count() == 1


def test_a_member_with_an_event_stays(tmp_path):
    report = members(tmp_path)
    EventFactory.create(member=Member.objects.get())
    assert kept(undo_import(report=report), "Member") == {"used:membership.Event": 1}


def test_a_member_that_was_edited_stays(tmp_path):
    report = members(tmp_path)
    member = Member.objects.get()
    member.name = "Anna"
    member.save()
    assert kept(undo_import(report=report), "Member") == {"edited": 1}


def test_a_member_who_has_spoken_about_consent_stays(tmp_path):
    report = members(tmp_path)
    record_consent(
        member=Member.objects.get(), purpose="marketing", channel="email", granted=False, source="page"
    )
    assert kept(undo_import(report=report), "Member") == {"used:membership.Consent": 1}


def test_a_member_with_points_from_elsewhere_stays(tmp_path):
    report = members(tmp_path, points="10")
    add_points(member=Member.objects.get(), points=5, reason="birthday")
    assert kept(undo_import(report=report), "Member") == {"used:membership.PointsLot": 1}
    assert Member.objects.get().points_balance() == 15


def test_a_member_whom_staff_gave_a_tag_stays_with_all_tags(tmp_path):
    report = members(tmp_path, tags="vip")
    Member.objects.get().tags.add(Tag.objects.create(name="press"))
    assert kept(undo_import(report=report), "Member") == {"used:membership.Member_tags": 1}
    assert set(Member.objects.get().tags.values_list("name", flat=True)) == {"vip", "press"}


def test_a_member_whom_staff_put_into_a_segment_stays(tmp_path):
    report = members(tmp_path)
    SegmentMembershipFactory.create(member=Member.objects.get())
    assert kept(undo_import(report=report), "Member") == {"used:membership.SegmentMembership": 1}


def test_a_member_whom_a_rule_put_into_a_segment_goes(tmp_path):
    report = members(tmp_path)
    SegmentMembershipFactory.create(member=Member.objects.get(), source="rule")
    assert undo_import(report=report).kept == {}
    assert not Member.objects.exists()


def test_a_member_whose_consent_may_have_been_used_stays_and_it_is_withdrawn(tmp_path):
    report = members(tmp_path, email_consent="yes")
    MemberExport.objects.create(segment_key="all", content="mail-merge", format="csv", members=1, by="staff")
    undo = undo_import(report=report)
    assert kept(undo, "Member") == {"exported": 1}
    assert list(Consent.objects.order_by("id").values_list("granted", "source")) == [
        (True, "import"), (False, "undo"),
    ]  # fmt: skip


def test_only_fields_that_are_as_the_import_left_them_go_back(tmp_path):
    members(tmp_path)
    report = members(tmp_path, name="Wrong", email="wrong@example.com", tier="gold")
    member = Member.objects.get()
    member.tier = "silver"
    member.save()
    undo = undo_import(report=report)
    member.refresh_from_db()
    assert (member.name, member.email, member.tier) == ("Ana", "ana@example.com", "silver")
    assert kept(undo, "Member") == {"edited": 1}


def test_an_address_that_is_anothers_by_now_stays_there(tmp_path):
    members(tmp_path)
    report = members(tmp_path, email="new@example.com")
    Member.objects.create(member_no="M9", email="ana@example.com")
    undo = undo_import(report=report)
    assert kept(undo, "Member") == {"contact_taken": 1}
    assert Member.objects.get(member_no="M1").email == "new@example.com"


def test_an_address_that_went_to_another_member_goes_back(tmp_path):
    both = [MEMBER, {"member_no": "M2", "name": "Bo", "email": "bo@example.com"}]
    imported(tmp_path, "members", both)
    before = shop_state()
    moved = [{**MEMBER, "email": "new@example.com"}, {**both[1], "email": "ana@example.com"}]
    report = imported(tmp_path, "members", moved)
    assert Member.objects.get(member_no="M2").email == "ana@example.com"
    assert undo_import(report=report).kept == {}
    assert shop_state() == before


# --- consents and points ---------------------------------------------------------------------------------


def test_a_grant_is_withdrawn_by_a_new_statement(tmp_path):
    members(tmp_path)
    report = members(tmp_path, email_consent="yes")
    undo = undo_import(report=report)
    assert undo.gone == {"membership.Consent": 1}
    newest = Consent.objects.first()
    assert newest is not None
    assert (newest.granted, newest.source) == (False, "undo")
    assert Consent.objects.count() == 2


def test_a_refusal_stands(tmp_path):
    members(tmp_path, email_consent="yes")
    report = members(tmp_path, email_consent="no")
    assert kept(undo_import(report=report), "Consent") == {"refusal_stands": 1}
    assert Consent.objects.first().granted is False  # type: ignore[union-attr]  # there is one


def test_a_member_who_has_spoken_since_keeps_their_word(tmp_path):
    members(tmp_path)
    report = members(tmp_path, email_consent="yes")
    record_consent(
        member=Member.objects.get(), purpose="marketing", channel="email", granted=True, source="page"
    )
    assert kept(undo_import(report=report), "Consent") == {"newer_consent": 1}
    assert Consent.objects.first().granted is True  # type: ignore[union-attr]  # there is one


def test_points_are_taken_back_by_an_entry(tmp_path):
    members(tmp_path, points="10")
    report = members(tmp_path, points="25")
    undo_import(report=report)
    member = Member.objects.get()
    assert (member.points_balance(), member.points.count()) == (10, 3)


def test_points_that_moved_since_stay(tmp_path):
    members(tmp_path)
    report = members(tmp_path, points="25")
    add_points(member=Member.objects.get(), points=-20, reason="voucher")
    assert kept(undo_import(report=report), "PointsEntry") == {"points_moved": 1}
    assert Member.objects.get().points_balance() == 5


# --- orders ----------------------------------------------------------------------------------------------


def test_an_order_that_was_changed_since_stays_with_its_member_and_product(tmp_path):
    report = orders(tmp_path)
    change_order(order=Order.objects.get(), values={"status": "shipped"}, source="api")
    undo = undo_import(report=report)
    assert undo.kept == {
        "membership.Order": {"changed_since": 1},
        "membership.Member": {"used:membership.Order": 1},
        "membership.Product": {"used:membership.OrderItem": 1},
        "membership.Store": {"used:membership.Order": 1},
    }
    assert undo.gone == {}


def test_an_order_with_a_label_stays(tmp_path):
    report = orders(tmp_path)
    label_order(order=Order.objects.get(), is_fraud=True, source="chargeback")
    assert kept(undo_import(report=report), "Order") == {"labelled": 1}


def test_an_order_with_a_verdict_of_staff_stays(tmp_path):
    report = orders(tmp_path)
    AlertReviewFactory.create(alert=FraudAlertFactory.create(order=Order.objects.get()))
    assert kept(undo_import(report=report), "Order") == {"used:fraud.FraudAlert": 1}


def test_a_score_that_nobody_has_looked_at_goes_with_its_order(tmp_path):
    report = orders(tmp_path)
    order = Order.objects.get()
    FraudScoreFactory.create(order=order)
    FraudAlertFactory.create(order=order)
    assert undo_import(report=report).kept == {}
    assert (Order.objects.count(), FraudAlert.objects.count()) == (0, 0)


def test_an_order_in_the_decision_log_stays(tmp_path):
    from fraud.models import DecisionLog

    report = orders(tmp_path)
    DecisionLog.objects.create(order=Order.objects.get(), decision="approve")
    assert kept(undo_import(report=report), "Order") == {"used:fraud.DecisionLog": 1}
    assert DecisionLog.objects.count() == 1


def test_a_changed_order_that_changed_again_is_left_alone(tmp_path):
    orders(tmp_path)
    report = orders(tmp_path, status="shipped", quantity="3")
    change_order(order=Order.objects.get(), values={"status": "completed"}, source="api")
    undo = undo_import(report=report)
    assert kept(undo, "OrderChange") == {"changed_since": 1}
    order = Order.objects.get()
    assert (order.status, order.total) == ("completed", Decimal("3.25"))


def test_a_changed_order_keeps_its_history(tmp_path):
    orders(tmp_path)
    before = shop_state()
    report = orders(tmp_path, status="shipped", quantity="3")
    undo_import(report=report)
    assert list(Order.objects.get().changes.values_list("source", flat=True)) == ["import", "undo"]
    assert shop_state() == before


def test_a_label_that_changed_since_stays(tmp_path):
    orders(tmp_path)
    label = {"order_no": "A1", "is_fraud": "true", "known_at": "2026-03-05T10:00:00Z"}
    report = imported(tmp_path, "labels", [label])
    label_order(order=Order.objects.get(), is_fraud=False, source="review")
    assert kept(undo_import(report=report), "Order") == {"labelled": 1}
    assert Order.objects.get().is_fraud is False


# --- products, categories, stores, tags ------------------------------------------------------------------


def test_a_product_that_another_order_names_stays(tmp_path):
    report = imported(tmp_path, "products", [{"sku": "milk", "price": "1.00", "category": "Food > Dairy"}])
    OrderItemFactory.create(product=Product.objects.get())
    undo = undo_import(report=report)
    assert kept(undo, "Product") == {"used:membership.OrderItem": 1}
    assert undo.kept["membership.Category"] == {
        "used:membership.Product": 1, "used:membership.Category": 1,
    }  # fmt: skip


def test_a_store_that_was_named_since_stays(tmp_path):
    report = orders(tmp_path)
    Store.objects.update(name="High Street")
    assert kept(undo_import(report=report), "Store") == {"edited": 1}


def test_a_tag_that_others_bear_stays(tmp_path):
    Member.objects.create(member_no="M9")
    report = members(tmp_path, tags="vip")
    Member.objects.get(member_no="M9").tags.add(Tag.objects.get())
    assert kept(undo_import(report=report), "Tag") == {"used:membership.Member_tags": 1}
    assert Member.objects.count() == 1


def test_a_product_stays_sold_by_weight_where_later_orders_name_it(tmp_path):
    orders(tmp_path, sku="petrol", quantity="3", unit_price="2.00")
    report = orders(tmp_path, order_no="A2", sku="petrol", quantity="20000", unit_price="0.001")
    OrderItemFactory.create(product=Product.objects.get(), order__imported_at=timezone.now())
    undo = undo_import(report=report)
    assert kept(undo, "Product") == {"used:membership.OrderItem": 1}
    assert Product.objects.get().sold_by_weight is True
    assert OrderItem.objects.get(order__order_no="A1").units is None


def test_events_that_were_there_before_stay(tmp_path):
    event = {"member_no": "M1", "type": "view", "occurred_at": "2026-03-01T10:00:00Z", "session": "s"}
    imported(tmp_path, "events", [event])
    report = imported(tmp_path, "events", [event, {**event, "type": "cart"}])
    undo = undo_import(report=report)
    assert undo.gone == {"membership.Event": 1}
    assert Event.objects.get().type == "view"


def test_members_are_marked_so_that_their_figures_follow(tmp_path):
    members(tmp_path)
    report = orders(tmp_path)
    Member.objects.get().features.delete()
    undo_import(report=report, now=timezone.now() + timedelta(minutes=1))
    assert Member.objects.get().features.dirty_at is not None


def test_an_order_that_a_file_with_lines_completed_is_without_them_again(tmp_path):
    bare = {"order_no": "A1", "member_no": "M1", "placed_at": "2026-03-02T12:00:00Z", "order_total": "8.00"}
    imported(tmp_path, "orders", [{**bare, "currency": "USD"}])
    before = shop_state()
    report = orders(tmp_path, quantity="4", unit_price="2.00", discount="")
    assert OrderItem.objects.get().product.sku == "milk"
    assert undo_import(report=report).kept == {}
    assert shop_state() == before


# --- gifts -----------------------------------------------------------------------------------------------


def gifts(folder: Path, line: OrderItem) -> ImportReport:
    event = {"member_no": line.member.member_no, "type": "gift", "sku": line.product.sku}
    return imported(folder, "events", [{**event, "occurred_at": line.placed_at.isoformat()}])


def test_gifts_are_unmarked(tmp_path):
    line = OrderItemFactory.create()
    report = gifts(tmp_path, line)
    assert OrderItem.objects.get().is_gift
    undo_import(report=report)
    assert not OrderItem.objects.get().is_gift
    assert not Event.objects.exists()


def test_a_line_that_was_a_gift_before_stays_one(tmp_path):
    line = OrderItemFactory.create(is_gift=True)
    undo_import(report=gifts(tmp_path, line))
    assert OrderItem.objects.get().is_gift
