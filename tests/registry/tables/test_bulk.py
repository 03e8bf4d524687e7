from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from membership.models import Member, MemberFeatures, Product
from registry.tables.bulk import insert_rows, upsert_rows
from tests.factories import MemberFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=[0, 200], ids=["as many rows", "as few rows"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL writes few rows in another way than many."""
    monkeypatch.setattr("registry.tables.bulk.FEW_ROWS", request.param)


def test_values_come_back_as_django_would_have_stored_them(noon) -> None:
    product = ProductFactory.build()
    columns = ("sku", "name", "price", "currency", "public_id", "brand", "sold_by_weight", "is_active",
               "created_at", "updated_at")  # fmt: skip
    row = ("A", "名字", Decimal("1.250"), "USD", product.public_id, "", False, True, noon, noon)

    assert insert_rows(model=Product, columns=columns, rows=[row]) == 1

    stored = Product.objects.get(sku="A")
    assert (stored.name, stored.price, stored.public_id) == ("名字", Decimal("1.250"), product.public_id)
    assert stored.created_at == noon


def test_an_upsert_updates_only_the_named_columns() -> None:
    product = ProductFactory(sku="A", name="old", price=Decimal(1))
    values = [
        getattr(product, name)
        for name in (
            "public_id",
            "currency",
            "brand",
            "sold_by_weight",
            "is_active",
            "created_at",
            "updated_at",
        )
    ]

    for _ in range(2):
        upsert_rows(
            model=Product,
            columns=(
                "sku",
                "name",
                "price",
                "public_id",
                "currency",
                "brand",
                "sold_by_weight",
                "is_active",
                "created_at",
                "updated_at",
            ),
            rows=[("A", "new", Decimal(9), *values)],
            conflict=("sku",),
            update=("name",),
        )

    product.refresh_from_db()
    assert (product.name, product.price) == ("new", Decimal(1))
    assert Product.objects.count() == 1


def test_more_rows_than_one_statement_holds_are_all_written(noon) -> None:
    from membership.models import PointsEntry

    member = MemberFactory()
    rows = ((member.pk, 1, "welcome", noon) for _ in range(20_000))

    assert (
        insert_rows(model=PointsEntry, columns=("member_id", "points", "reason", "occurred_at"), rows=rows)
        == 20_000
    )
    assert member.points_balance() == 20_000


def test_conflicting_rows_are_left_out_with_ignore_conflicts(noon) -> None:
    from membership.models import Tag

    insert_rows(model=Tag, columns=("name",), rows=[("vip",)])

    assert insert_rows(model=Tag, columns=("name",), rows=[("vip",), ("new",)], ignore_conflicts=True) == 1


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column 'nickname'"):
        insert_rows(model=Member, columns=("nickname",), rows=[])


def test_an_upsert_may_leave_rows_unwritten_that_are_so_already(noon) -> None:
    members = [MemberFactory(), MemberFactory()]
    columns = {"columns": ("member_id", "dirty_at"), "conflict": ("member_id",), "update": ("dirty_at",)}

    def mark(moment: datetime | None) -> int:
        rows = [(member.pk, moment) for member in members]
        return upsert_rows(model=MemberFeatures, rows=rows, only_changes=True, **columns)

    assert [mark(noon), mark(noon), mark(None), mark(noon)] == [2, 0, 2, 2]
    assert set(MemberFeatures.objects.values_list("dirty_at", flat=True)) == {noon}


def test_a_row_that_is_there_already_is_an_error_that_django_knows() -> None:
    """An import whose rows another has just written tries again by it."""
    member = MemberFactory.create()
    columns = ("public_id", "member_no", "name", "tier", "status", "created_at", "updated_at")
    row = tuple(getattr(MemberFactory.build(member_no=member.member_no), name) for name in columns[:-2])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(model=Member, columns=columns, rows=[(*row, member.created_at, member.created_at)])
