"""A logged decision made again from its log alone: the same answer after its model was retired."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from fraud.models import DecidedBy, Decision, DecisionLog, FraudRuleVersion, RuleState
from fraud.rules.asking import describes
from fraud.services.answering.answers import checked
from fraud.services.answering.packing import unpacked
from fraud.services.deciding import Circumstances, Verdict, decide
from fraud.services.policies.policy import Setting, stored_setting
from fraud.services.policies.without_model import ByAmount
from membership.rules.json_form import from_json
from registry.services.versions import load_version


@dataclass(frozen=True)
class Replay:
    """What the decision comes to now, beside what was logged; ``differences`` is empty when all is equal."""

    probability: float | None
    verdict: Verdict
    hits: list[int]
    differences: list[str]
    unusual: float | None = None


def replay_probability(*, log: DecisionLog) -> float:
    """The probability that the logged model gives to what it saw then; equal to the logged one.

    Raises NoLiveModel when the version's file is gone or damaged, ValueError when no model took part.
    """
    if log.model_version is None:
        raise ValueError(_("No model took part in this decision."))
    loaded = load_version(version=log.model_version)
    return checked(loaded, loaded.estimator.score(unpacked(log.features)))[0]


def replay_rank(*, log: DecisionLog) -> float | None:
    """The rank that the logged forest gives to what it saw then; None where none took part.

    Raises NoLiveModel when the version's file is gone or damaged.
    """
    if log.unusual_version is None:
        return None
    loaded = load_version(version=log.unusual_version)
    return checked(loaded, loaded.estimator.score(unpacked(log.features)))[0]


def replay_decision(*, log: DecisionLog) -> Replay:
    """Score, rules, lists and policy as they were, and the decision that follows.

    Raises NoLiveModel when the version's file is gone or damaged.
    """
    probability = replay_probability(log=log) if log.model_version_id is not None else None
    hits = _hits(log)
    actions = [version.action for version in hits if version.state == RuleState.LIVE]
    verdict = decide(
        Circumstances(
            probability=probability,
            amount=float(log.facts["amount"]),
            setting=_setting(log),
            listed=[entry["action"] for entry in log.lists],
            rule_actions=actions,
            is_suppressed=log.facts["is_suppressed"],
            is_late=log.facts["is_late"],
        )
    )
    numbers, unusual = [version.pk for version in hits], replay_rank(log=log)
    made = Replay(probability, verdict, numbers, [], unusual)
    return replace(made, differences=_differences(log, made))


def _setting(log: DecisionLog) -> Setting | ByAmount | None:
    if "review_from" in log.thresholds:
        return ByAmount(**log.thresholds)
    return stored_setting(log.thresholds)


def _hits(log: DecisionLog) -> list[FraudRuleVersion]:
    asked = log.rules.get("asked", [])
    versions = FraudRuleVersion.objects.in_bulk(asked)
    facts, members = log.facts["order"], log.facts["member"]
    return [
        versions[number]
        for number in asked
        if describes(from_json(versions[number].condition), facts=facts, members=members)
    ]


def _differences(log: DecisionLog, made: Replay) -> list[str]:
    logged_hits = [hit["version"] for hit in log.rules.get("hits", [])]
    pairs = (
        (_("probability"), log.probability, made.probability),
        (_("decision"), Decision(log.decision), made.verdict.decision),
        (_("decided by"), DecidedBy(log.decided_by), made.verdict.decided_by),
        (_("rules hit"), logged_hits, made.hits),
        (_("unusual"), log.unusual, made.unusual),
    )
    message = _("%(what)s: was %(before)s, is %(now)s")
    return [
        message % {"what": what, "before": before, "now": now} for what, before, now in pairs if before != now
    ]
