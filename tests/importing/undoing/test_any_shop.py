"""Import A, then B, then undo B: the shop is what it was after A, whatever A and B are."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from importing.undoing import carrying_out, preview_undo, undo_import
from importing.undoing.steps import Step
from membership.models import ImportUndo
from tests.importing.import_files import order_line
from tests.importing.undoing.shop_state import imported, shop_state

Rows = st.SearchStrategy[dict[str, Any]]
NUMBERS = st.sampled_from(["M1", "M2", "M3", "m4"])
MEMBERS: Rows = st.builds(
    dict,
    member_no=NUMBERS,
    name=st.sampled_from(["", "Ana", "Bo", "=1+1"]),
    email=st.sampled_from(["", "ana@example.com", "bo@example.com", "cy@example.com"]),
    phone=st.sampled_from(["", "+12125550101", "+12125550102"]),
    tier=st.sampled_from(["", "gold", "basic"]),
    tags=st.sampled_from(["", "vip", "vip, old", "new"]),
    status=st.sampled_from(["", "active", "frozen"]),
    email_consent=st.sampled_from(["", "yes"]),
    points=st.sampled_from(["", "10", "25"]),
    birth_date=st.sampled_from(["", "1990-02-01"]),
)
PRODUCTS: Rows = st.builds(
    dict,
    sku=st.sampled_from(["milk", "bread", "tea"]),
    name=st.sampled_from(["", "Milk", "Bread"]),
    price=st.sampled_from(["1.00", "2.50"]),
    category=st.sampled_from(["", "Food", "Food > Dairy", "Food > Tea > Green"]),
    stock=st.sampled_from(["", "0", "7"]),
    status=st.sampled_from(["", "active", "hidden"]),
)
ORDERS: Rows = st.builds(
    order_line,
    order_no=st.sampled_from(["A", "B", "C", "D"]),
    line_no=st.sampled_from(["1", "2"]),
    member_no=NUMBERS,
    sku=st.sampled_from(["milk", "bread", "petrol"]),
    quantity=st.sampled_from(["1", "3", "20000"]),
    unit_price=st.sampled_from(["0.50", "2.00", "0.001"]),
    discount=st.sampled_from(["", "0.01"]),
    status=st.sampled_from(["paid", "shipped", "refunded", "cancelled"]),
    store=st.sampled_from(["", "S1", "S2"]),
    shipping=st.sampled_from(["", "4.00"]),
)
EVENTS: Rows = st.builds(
    dict,
    member_no=NUMBERS,
    type=st.sampled_from(["view", "cart"]),
    occurred_at=st.sampled_from(["2026-03-01T10:00:00Z", "2026-03-02T11:00:00Z"]),
    sku=st.sampled_from(["", "milk", "jam"]),
)
LABELS: Rows = st.builds(
    dict,
    order_no=st.sampled_from(["A", "B", "C", "X"]),
    is_fraud=st.sampled_from(["true", "false"]),
    known_at=st.sampled_from(["2026-03-05T10:00:00Z", "2026-03-06T11:00:00Z"]),
)
PROMOTIONS: Rows = st.builds(
    dict,
    sku=st.sampled_from(["milk", "bread", "no"]),
    kind=st.sampled_from(["mailer", "price"]),
    starts_on=st.sampled_from(["2026-03-02", "2026-03-09"]),
    share=st.sampled_from(["", "0.5", "1"]),
    note=st.sampled_from(["", "spring"]),
)
GENERATE = (Phase.explicit, Phase.reuse, Phase.generate)
"""Shrinking a counter-example to imports takes longer than reading it."""
KINDS = {
    "members": MEMBERS, "products": PRODUCTS, "orders": ORDERS, "events": EVENTS, "labels": LABELS,
    "promotions": PROMOTIONS,
}  # fmt: skip
FIRST = (("products", PRODUCTS), ("members", MEMBERS), ("orders", ORDERS), ("labels", LABELS))


class WorkerKilled(BaseException):
    """Stands for kill -9."""


def lists(of: st.SearchStrategy[dict[str, Any]], least: int = 0) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(of, min_size=least, max_size=6)


SHOPS = st.tuples(*(lists(rows) for _kind, rows in FIRST))


class TestAnyShop(TestCase):
    @settings(max_examples=60, deadline=None, phases=GENERATE)
    @given(kind=st.sampled_from(sorted(KINDS)), shop=SHOPS, data=st.data())
    def test_the_shop_is_what_it_was_before(self, kind, shop, data):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for (first_kind, _rows), rows in zip(FIRST, shop, strict=True):
                if rows:
                    imported(folder, first_kind, rows)
            before = shop_state()
            report = imported(folder, kind, data.draw(lists(KINDS[kind], least=1)))
            if not report.traces.exists():
                assert shop_state() == before
                return
            trial = preview_undo(report=report)
            undo = undo_import(report=report)
            assert trial is not None
            assert (trial.gone, trial.kept) == (undo.gone, undo.kept)
            assert undo.kept == {}
            assert shop_state() == before

    @settings(max_examples=15, deadline=None, phases=GENERATE)
    @given(imports=st.lists(st.sampled_from(sorted(KINDS)), min_size=2, max_size=5), data=st.data())
    def test_imports_are_undone_one_after_another_from_the_newest_on(self, imports, data):
        with tempfile.TemporaryDirectory() as name:
            states, reports = [], []
            for kind in imports:
                states.append(shop_state())
                rows = data.draw(lists(KINDS[kind], least=1))
                # statements and entries of the ledger stay when they are taken back, and so does their member
                rows = [{**row, **dict.fromkeys({"email_consent", "points"} & set(row), "")} for row in rows]
                reports.append(imported(Path(name), kind, rows))
            while reports:
                report, before = reports.pop(), states.pop()
                if report.traces.exists():
                    assert undo_import(report=report).kept == {}
                assert shop_state() == before

    @settings(max_examples=25, deadline=None, phases=GENERATE)
    @given(shop=SHOPS, data=st.data(), killed_in=st.integers(1, 6))
    def test_an_undo_that_is_killed_goes_on(self, shop, data, killed_in):
        kind = data.draw(st.sampled_from(["members", "orders", "products"]))
        with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
            for (first_kind, _rows), rows in zip(FIRST, shop, strict=True):
                if rows:
                    imported(Path(name), first_kind, rows)
            before = shop_state()
            report = imported(Path(name), kind, data.draw(lists(KINDS[kind], least=2)))
            if not report.traces.exists():
                return
            patch.setattr(carrying_out, "SLICE", 1)
            run, calls = Step.run, [0]

            def dying(step, undoing, items):
                run(step, undoing, items)
                calls[0] += 1
                if calls[0] == killed_in:
                    raise WorkerKilled

            patch.setattr(Step, "run", dying)
            try:
                undo_import(report=report)
            except WorkerKilled:
                ImportUndo.objects.update(status=ImportUndo.Status.QUEUED)
                carrying_out.resume_undo(undo=ImportUndo.objects.get())
            undo = ImportUndo.objects.get()
            assert (undo.status, undo.kept) == (ImportUndo.Status.SUCCEEDED, {})
            assert shop_state() == before
