"""The decision on one order while the buyer waits, and the same decision again from its log."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from fraud.models import DecidedBy, Decision, DecisionLog, DecisionPolicy, FraudScore, RuleHit
from fraud.rules.asking import RuleOutcome, ask_rules
from fraud.services.answering.answers import FAMILY, Answer, answer_in_time
from fraud.services.deciding import Circumstances, Verdict, decide
from fraud.services.desk.alerts import open_alert
from fraud.services.policies.in_force import Present, present
from fraud.services.policies.policy import Setting, setting_in_force
from fraud.services.policies.without_model import ByAmount, by_amount
from fraud.services.reasons.of_orders import (
    Reason,
    amount_reason,
    list_reason,
    rank_reasons,
    rule_reason,
    simple_reason,
)
from fraud.services.unusual.ranking import FAMILY as UNUSUAL
from learning.json_types import JsonMapping, JsonObject
from membership.models import Order
from membership.models.shop import the_shop
from registry.models import ModelVersion
from registry.tables.bulk import insert_rows, upsert_rows

logger = logging.getLogger(__name__)
SCORE_FIELDS = (
    "probability", "decision", "decided_by", "reasons", "model_version_id", "latency_ms", "scored_at",
)  # fmt: skip

MAY_YIELD = (DecidedBy.POLICY, DecidedBy.AMOUNT)
"""A review of these is lifted where staff trust the member or device for now."""


@dataclass(frozen=True)
class Assessment:
    """One order's decision with all its inputs."""

    answer: Answer
    verdict: Verdict
    reasons: list[Reason]
    rank: Answer = field(default_factory=Answer)
    """How unusual the order is, while no model is live: it decides nothing."""
    setting: Setting | ByAmount | None = None
    policy: DecisionPolicy | None = None
    rules: RuleOutcome = field(default_factory=RuleOutcome)
    listed: Sequence[JsonMapping] = ()
    is_suppressed: bool = False


def score_order(*, order: Order, settle: Callable[[Decision], object] = lambda decision: None) -> FraudScore:
    """Decide on a stored order, log the decision, and open an alert unless it is approved.

    ``settle`` is called with the decision in the transaction that stores it. A missing model is no error:
    unless lists or rules decide, the decision then is *review*, with the reason. Safe to repeat:
    the newest score counts, every decision is logged.
    """
    started = time.perf_counter()
    try:
        now = present(order, at=timezone.now())
        # a new shop has no model to ask; one that is live and fails is another thing
        answer = Answer() if now.live_id is None else answer_in_time(order, live_id=now.live_id)
        assessment = _assess(order, answer, now)
    except Exception:  # a list or rule that cannot be evaluated must not stop the order
        logger.exception("order %s: its lists and rules could not be asked", order.order_no)
        undecided = Verdict(Decision.REVIEW, DecidedBy.NO_MODEL)
        assessment = Assessment(Answer(), undecided, [simple_reason(undecided.decided_by)])
    latency_ms = round((time.perf_counter() - started) * 1_000, 3)
    return _recorded(order, assessment, settle, latency_ms=latency_ms)


def warm_up() -> bool:
    """Load the live model and run it once, so that no buyer waits for that; whether there is one."""
    newest = Order.objects.order_by("-placed_at", "-id").first()
    if newest is None:
        return False
    has_model = ModelVersion.objects.live(FAMILY).exists()
    if has_model or ModelVersion.objects.live(UNUSUAL).exists():
        answer_in_time(newest, seconds=60, family=FAMILY if has_model else UNUSUAL)
    return has_model


def _assess(order: Order, answer: Answer, now: Present) -> Assessment:
    force, listed = now.force, now.listed
    rules = ask_rules(force.rules, order=order, probability=answer.probability)
    amount, currency = _money_of(order)
    setting: Setting | ByAmount | None = None
    policy = force.policy
    if answer.version is not None:
        setting, policy = setting_in_force(
            force.policy, parameters=answer.version.parameters, currency=currency
        )
    elif now.live_id is None:
        setting = by_amount(force.policy, currency=currency)
    given = Circumstances(
        probability=answer.probability,
        amount=float(amount),
        setting=setting,
        listed=[entry["action"] for entry in listed],
        rule_actions=[hit.action for hit in rules.hits if hit.is_live],
        is_late=answer.is_late,
    )
    verdict = decide(given)
    is_suppressed = (
        now.is_suppressed and verdict.decision == Decision.REVIEW and verdict.decided_by in MAY_YIELD
    )
    if is_suppressed:
        verdict = Verdict(Decision.APPROVE, DecidedBy.SUPPRESSED)
    rank = _rank(order, verdict, now)
    reasons = [*_reasons_of_verdict(verdict, rules, listed, setting), *answer.reasons]
    if rank.probability is not None:
        reasons += rank_reasons(rank.probability, rank.reasons)
    return Assessment(answer, verdict, reasons, rank, setting, policy, rules, listed, is_suppressed)


def _rank(order: Order, verdict: Verdict, now: Present) -> Answer:
    """For the queue of alerts, of an order that goes there; nothing where a model is live."""
    if now.live_id is not None or now.forest_id is None or verdict.decision == Decision.APPROVE:
        return Answer()
    return answer_in_time(order, live_id=now.forest_id, family=UNUSUAL)


def _money_of(order: Order) -> tuple[Decimal, str]:
    """What is decided about: the amount in the shop's currency, or without a rate in the order's own."""
    amount = order.in_shop_currency(order.total)
    return (order.total, order.currency) if amount is None else (amount, the_shop().currency)


def _reasons_of_verdict(
    verdict: Verdict, rules: RuleOutcome, listed: Sequence[JsonMapping], setting: Setting | ByAmount | None
) -> list[Reason]:
    """The reason that decided comes first."""
    match verdict.decided_by:
        case DecidedBy.BLOCK_LIST | DecidedBy.ALLOW_LIST:
            action = "block" if verdict.decided_by == DecidedBy.BLOCK_LIST else "allow"
            return [list_reason(action, entry["kind"]) for entry in listed if entry["action"] == action]
        case DecidedBy.RULE:
            return [
                rule_reason(one.name) for one in rules.hits if one.is_live and one.action == verdict.decision
            ]
        case DecidedBy.POLICY:
            return []
        case DecidedBy.AMOUNT if isinstance(setting, ByAmount):
            return [amount_reason(setting.review_from, currency=the_shop().currency)]
    return [simple_reason(verdict.decided_by)]


def _recorded(
    order: Order, made: Assessment, settle: Callable[[Decision], object], *, latency_ms: float
) -> FraudScore:
    """Write score, log, hits and alert, and settle the order, in one transaction.

    The score comes back as it was written, without its id.
    """
    now = timezone.now()
    score = FraudScore(
        order_id=order.pk,  # not the order: it would take this row without an id for its own
        probability=made.answer.probability,
        decision=made.verdict.decision,
        decided_by=made.verdict.decided_by,
        reasons=made.reasons,
        model_version=made.answer.version,
        latency_ms=latency_ms,
        scored_at=now,
    )
    with transaction.atomic():
        row = _score_row(score)
        # the newest score of an order counts, and every decision is logged
        upsert_rows(
            model=FraudScore, columns=(*row, "scored_at"), rows=[(*row.values(), now)],
            conflict=("order_id",), update=SCORE_FIELDS,
        )  # fmt: skip
        row |= _basis(order, made)
        insert_rows(model=DecisionLog, columns=(*row, "decided_at"), rows=[(*row.values(), now)])
        if made.rules.hits:
            _note_hits(order, made.rules, at=now)
        if made.verdict.decision != Decision.APPROVE:
            open_alert(order=order, score=score, at=now, unusual=made.rank.probability)
        settle(made.verdict.decision)
    return score


def _score_row(score: FraudScore) -> JsonObject:
    """What a score and its log have in common, as the database keeps it."""
    return {
        "order_id": score.order_id,
        "probability": score.probability,
        "decision": str(score.decision),
        "decided_by": str(score.decided_by),
        "reasons": json.dumps(score.reasons),
        "model_version_id": score.model_version_id,
        "latency_ms": score.latency_ms,
    }


def _basis(order: Order, made: Assessment) -> JsonObject:
    """All that the decision can be made from again, as the database keeps it."""
    amount, currency = _money_of(order)
    facts = {
        "amount": str(amount),
        "currency": currency,
        "is_late": made.answer.is_late,
        "is_suppressed": made.is_suppressed,
        "order": made.rules.facts,
        "member": made.rules.members,
        "time_zone": the_shop().time_zone,
    }
    return {
        "policy_id": made.policy.pk if made.policy is not None else None,
        "features": json.dumps(made.answer.features or made.rank.features),
        "unusual": made.rank.probability,
        "unusual_version_id": made.rank.version.pk if made.rank.version is not None else None,
        "thresholds": json.dumps(made.setting.as_parameters() if made.setting is not None else {}),
        "lists": json.dumps(list(made.listed)),
        "rules": json.dumps(made.rules.as_logged()),
        "facts": json.dumps(facts),
    }


def _note_hits(order: Order, rules: RuleOutcome, *, at: datetime) -> None:
    rows = [
        RuleHit(
            version_id=hit.version_id, rule_id=hit.rule_id, order=order, had_effect=hit.is_live, hit_at=at
        )
        for hit in rules.hits
    ]
    RuleHit.objects.bulk_create(rows, ignore_conflicts=True)
