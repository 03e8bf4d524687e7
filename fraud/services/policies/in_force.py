"""The policy and the rules in force: read once a process, and again when they have changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from fraud.models import (
    DecisionPolicy,
    FraudRule,
    FraudRuleVersion,
    ListEntry,
    RuleState,
    Suppression,
)
from fraud.rules.asking import EvaluatedRule
from fraud.services.policies.lists import values_of
from learning.json_types import JsonMapping
from membership.rules.errors import RuleError
from membership.rules.json_form import from_json
from registry.models import ModelVersion

if TYPE_CHECKING:
    from membership.models import Order

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class InForce:
    """The policy, None for the model's own thresholds, and the live rules."""

    policy: DecisionPolicy | None
    rules: tuple[EvaluatedRule, ...]


@dataclass(frozen=True)
class Present:
    """What is in force for an order: policy and rules, which model is live, which forest ranks alerts, the
    list entries that name it, and whether staff trust its member or device for now."""

    force: InForce
    live_id: int | None
    forest_id: int | None
    listed: tuple[JsonMapping, ...]
    is_suppressed: bool


_held: tuple[tuple[object, ...], InForce] | None = None
_reading = threading.Lock()
_STAMPED = (DecisionPolicy, "created_at"), (FraudRuleVersion, "changed_at")


def in_force() -> InForce:
    """One short query tells whether anything has changed."""
    return _present(frozenset(), member_id=None, device="", at=timezone.now()).force


def present(order: Order, *, at: datetime) -> Present:
    """One query."""
    return _present(values_of(order), member_id=order.member_id, device=order.device_fingerprint, at=at)


def _present(
    wanted: Collection[tuple[str, str]], *, member_id: int | None, device: str, at: datetime
) -> Present:
    """``wanted`` are the (kind, value) pairs that list entries could name."""
    values = sorted({value for _kind, value in wanted})
    row_of_all, *rows = _rows(values, member_id=member_id, device=device, at=at)
    live_id, forest_id, n_suppressions, *stamp = row_of_all[:-4]
    entries = [row[-4:] for row in (row_of_all, *rows) if row[-4] is not None]
    listed = tuple(
        {"entry": entry_id, "kind": kind, "action": action}
        for entry_id, kind, value, action in sorted(entries)
        if (kind, value) in wanted
    )
    return Present(_current(tuple(stamp)), live_id, forest_id, listed, bool(n_suppressions))


def _current(stamp: tuple[object, ...]) -> InForce:
    global _held
    if _held is not None and _held[0] == stamp:
        return _held[1]
    with _reading:
        _held = (stamp, InForce(DecisionPolicy.objects.first(), _evaluated_rules()))
        return _held[1]


def _rows(
    values: Sequence[str], *, member_id: int | None, device: str, at: datetime
) -> list[tuple[Any, ...]]:
    """The live version, how many suppressions count, and a stamp that changes with every policy or rule
    written, beside each entry.

    Ids may be committed out of their order, so rows are counted too.
    """
    stamps = ", ".join(
        f"(SELECT MAX(id) FROM {model._meta.db_table}), (SELECT COUNT(*) FROM {model._meta.db_table}), "  # noqa: S608  # our own names
        f"(SELECT MAX({moment}) FROM {model._meta.db_table})"
        for model, moment in _STAMPED
    )
    marks = ", ".join(["%s"] * len(values)) or "NULL"
    sql = f"""
        SELECT now.*, entry.id, entry.kind, entry.value, entry.action
        FROM (SELECT (SELECT MAX(id) FROM {ModelVersion._meta.db_table}
                      WHERE family = %s AND status = %s),
                     (SELECT MAX(id) FROM {ModelVersion._meta.db_table}
                      WHERE family = %s AND status = %s),
                     (SELECT COUNT(*) FROM {Suppression._meta.db_table}
                      WHERE until > %s AND lifted_at IS NULL
                      AND (member_id = %s OR (device = %s AND device <> ''))), {stamps}) AS now
        LEFT JOIN {ListEntry._meta.db_table} AS entry
        ON entry.value IN ({marks}) AND (entry.expires_at IS NULL OR entry.expires_at > %s)
    """  # noqa: S608  # our own names; values travel as parameters
    moment = connection.ops.adapt_datetimefield_value(at)
    is_live = ModelVersion.Status.LIVE.value
    live = ("fraud", is_live, "anomaly", is_live)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*live, moment, member_id, device, *values, moment])
        return list(cursor.fetchall())


def _evaluated_rules() -> tuple[EvaluatedRule, ...]:
    newest: dict[int, FraudRuleVersion] = {}
    rule_ids = FraudRule.objects.evaluated().values("pk")
    for version in FraudRuleVersion.objects.filter(rule__in=rule_ids).order_by("rule_id", "number"):
        newest[int(version.rule_id or 0)] = version
    return tuple(rule for version in newest.values() if (rule := _evaluated_rule(version)) is not None)


def _evaluated_rule(version: FraudRuleVersion) -> EvaluatedRule | None:
    try:
        node = from_json(version.condition)
    except RuleError:  # written by a program that knew more
        logger.exception("rule %s cannot be read and is not evaluated", version)
        return None
    is_live = version.state == RuleState.LIVE
    return EvaluatedRule(version.pk, int(version.rule_id or 0), version.name, node, version.action, is_live)
