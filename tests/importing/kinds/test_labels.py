from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from membership.models import MemberFeatures, Order
from tests.factories import OrderFactory
from tests.importing.import_files import (
    import_rows,
)

pytestmark = pytest.mark.django_db

LABEL = {"order_no": "A1", "is_fraud": "1", "known_at": "2026-03-09", "source": "chargeback"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


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
