"""Any sequence of movements leaves balance, lots and ledger in agreement.

Ten thousand steps: ``pytest --hypothesis-profile=explore`` with this file.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from membership.errors import Conflict
from membership.loyalty.ledger import Kind, Why, add_points, debt_of, movements
from membership.models import Member, PointsEntry, PointsLot
from tests.factories import NOON, MemberFactory
from tests.membership.loyalty.shop import check_ledger

pytestmark = pytest.mark.django_db
EXAMPLES = 500 if settings().max_examples > 100 else 12
DAYS = st.one_of(st.none(), st.integers(1, 6))


class Ledger(RuleBasedStateMachine):
    member: Member

    @initialize()
    def begin(self) -> None:
        self.member = MemberFactory.create()
        self.at = NOON

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @rule(points=st.integers(1, 60), pending=st.integers(0, 4), life=DAYS)
    def earn(self, points: int, pending: int, life: int | None) -> None:
        available_at = self.at + timedelta(days=pending)
        expires_at = available_at + timedelta(days=life) if life else None
        with movements(member=self.member, at=self.at) as ledger:
            lot = ledger.new_lot(
                source=PointsLot.Source.STAFF, available_at=available_at, expires_at=expires_at
            )
            ledger.add(lot=lot, points=points, why=Why(Kind.EARNED, "earned"))

    @rule(points=st.integers(1, 60))
    def spend(self, points: int) -> None:
        before = self.member.points_balance(at=self.at)
        try:
            add_points(member=self.member, points=-points, reason="spent", at=self.at)
        except Conflict:
            assert before < points
        else:
            assert before - points == self.member.points_balance(at=self.at)

    @rule(points=st.integers(1, 90), position=st.integers(0, 5))
    def take_back(self, points: int, position: int) -> None:
        lot = PointsLot.objects.filter(member=self.member).order_by("id")[position : position + 1].first()
        worth = self._net()
        with movements(member=self.member, at=self.at) as ledger:
            if lot is not None:
                lot.refresh_from_db()  # as bringing the lots up to date left it
            pending = lot.remaining if lot and lot.available_at and lot.available_at > self.at else 0
            ledger.take_or_owe(points=points, why=Why(Kind.TAKEN_BACK, "refund"), first=lot)
        assert self._net() == worth - points + min(pending, points)

    def _net(self) -> int:
        with movements(member=self.member, at=self.at):
            pass
        return self.member.points_balance(at=self.at) - debt_of(member_id=self.member.pk)

    @invariant()
    def all_figures_agree(self) -> None:
        if hasattr(self, "member"):
            check_ledger(self.member, at=self.at)
            assert self.member.points_balance(at=self.at) >= 0
            for entry in PointsEntry.objects.filter(member=self.member, lot__isnull=False).select_related(
                "lot"
            ):
                assert entry.lot is not None
                assert (entry.expires_at, entry.available_at) == (
                    entry.lot.expires_at,
                    entry.lot.available_at,
                )


def test_lots_entries_and_balance_agree_after_every_step() -> None:
    run_state_machine_as_test(Ledger, settings=settings(max_examples=EXAMPLES, stateful_step_count=20))
