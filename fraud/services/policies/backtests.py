"""A rule tried on past orders before it goes live: what it would have hit, and what that would have meant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from fraud.features import read_refunds
from fraud.models import Backtest, Decision, FraudRule, FraudScore
from fraud.rules.evaluating import holds
from fraud.rules.facts import (
    asks_for_returns,
    member_leaves,
    members_who,
    order_field_names,
    order_table,
    order_values,
)
from learning.json_types import JsonObject
from membership.errors import rejected
from membership.models import Order
from membership.rules.json_form import from_json, to_json
from membership.rules.nodes import Node
from registry.job_errors import stored_error
from registry.queueing import queue_after_commit

if TYPE_CHECKING:
    import numpy as np
    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from numpy.typing import NDArray

    from fraud.ml.orders.facts import OrderTable
    from fraud.rules.facts import OrderRow

    Flags = NDArray[np.bool_]

DAYS = 90
LONGEST_DAYS = 730
INLINE_ORDERS = 20_000
"""A back-test of more orders than this, looked-back ones included, is left to a worker."""
EXAMPLES = 10


def request_backtest(
    *,
    rule: FraudRule | None,
    condition: Node,
    action: str,
    days: int = DAYS,
    user: User | None,
    until: datetime | None = None,
) -> Backtest:
    """Try ``condition`` on the orders of the last ``days``: at once where they are few, else by a worker."""
    if not 1 <= days <= LONGEST_DAYS:
        raise rejected("days", _("A back-test looks back 1 to %d days.") % LONGEST_DAYS)
    until = until or timezone.now()
    backtest = Backtest.objects.create(
        rule=rule,
        condition=to_json(condition),
        action=action,
        placed_from=until - timedelta(days=days),
        placed_until=until,
        requested_by=user,
    )
    if _orders_read(backtest).count() <= INLINE_ORDERS:
        carry_out(backtest=backtest)
        backtest.refresh_from_db()
    else:
        queue_after_commit(backtest.task_name, backtest.pk)
    return backtest


def carry_out(*, backtest: Backtest) -> None:
    """Do it, once: whoever holds the lease writes the result."""
    if not backtest.claim():
        return
    try:
        with backtest.heartbeat():
            result = _result(backtest)
        backtest.succeed(result=result)
    except Exception as error:
        backtest.fail(stored_error(error))
        raise


def _orders_read(backtest: Backtest) -> QuerySet[Order]:
    """The orders of the window, and those before that counters may look back to."""
    from fraud.ml.counting.counters import LONGEST_WINDOW

    begins = backtest.placed_from - timedelta(seconds=LONGEST_WINDOW)
    return Order.objects.filter(placed_at__gte=begins, placed_at__lt=backtest.placed_until)


def _result(backtest: Backtest) -> JsonObject:
    import numpy as np

    rule = from_json(backtest.condition)
    rows, decisions, probability = _read(backtest)
    refunds = read_refunds() if asks_for_returns(order_field_names([rule])) else None
    table = order_table(rows, probability=probability, refunds=refunds)
    inside = table.columns["placed_at"] >= int(backtest.placed_from.timestamp())
    hit = np.zeros(len(table), bool)
    if len(table):
        members = {
            text: np.isin(table.columns["member"], list(members_who(leaf, as_of=backtest.placed_until)))
            for text, leaf in member_leaves([rule]).items()
        }
        facts = {name: table.fact(name) for name in order_field_names([rule])}
        hit = holds(rule, fact=facts.__getitem__, members=members, n=len(table)) & inside
    return _summary(table, inside, hit, np.array(decisions, object), order_nos=_examples(table, hit))


def _read(backtest: Backtest) -> tuple[list[OrderRow], list[str], list[float | None]]:
    """Rows by time with the decision and probability that each order got."""
    orders = _orders_read(backtest).order_by("placed_at", "id")
    rows = order_values(orders)
    scores = FraudScore.objects.filter(order__in=orders.order_by().values("pk"))
    figures = {
        pk: (decision, p) for pk, decision, p in scores.values_list("order_id", "decision", "probability")
    }
    nothing: tuple[str, float | None] = ("", None)
    scored = [figures.get(row[0], nothing) for row in rows]
    return rows, [decision for decision, _p in scored], [p for _decision, p in scored]


def _examples(table: OrderTable, hit: Flags) -> list[str]:
    ids = table.columns["id"][hit][-EXAMPLES:].tolist()
    return list(
        Order.objects.filter(pk__in=ids).order_by("-placed_at", "-id").values_list("order_no", flat=True)
    )


def _summary(
    table: OrderTable, inside: Flags, hit: Flags, decisions: NDArray[np.object_], *, order_nos: list[str]
) -> JsonObject:
    """Counts, money and the overlap with what was decided, ready for JSON."""
    amount, is_fraud = table.columns["amount"], table.columns["is_fraud"]
    fraud, genuine = is_fraud == 1, is_fraud == 0
    n_labelled = int((hit & (fraud | genuine)).sum())
    n_fraud, n_known = int((hit & fraud).sum()), int((inside & fraud).sum())

    def money(which: Flags) -> str:
        return f"{float(amount[which].sum()):.2f}"

    return {
        "orders": int(inside.sum()),
        "hits": int(hit.sum()),
        "members": len(set(table.columns["member"][hit].tolist())),
        "amount": money(hit),
        "labelled": n_labelled,
        "frauds": n_fraud,
        "precision": round(n_fraud / n_labelled, 4) if n_labelled else None,
        "known_frauds": n_known,
        "recall": round(n_fraud / n_known, 4) if n_known else None,
        "fraud_amount": money(hit & fraud),
        "genuine_amount": money(hit & genuine),
        "by_decision": {
            decision or "unscored": int((hit & (decisions == decision)).sum())
            for decision in (*Decision.values, "")
        },
        "new_frauds": int((hit & fraud & (decisions == Decision.APPROVE.value)).sum()),
        "examples": order_nos,
    }
