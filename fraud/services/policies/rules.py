"""Rules over orders: write, change, retire. Every change is a new version that decisions can name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from fraud.models import FraudRule, FraudRuleVersion, RuleState
from learning.json_types import JsonMapping
from membership.errors import Conflict, rejected
from membership.rules.json_form import from_json, to_json
from membership.rules.names.uses import note_uses
from membership.rules.names.written import names_in, stored_text
from membership.rules.nodes import Node, Ref, with_ref

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TEXTS = ("name", "description", "action", "state")


def create_rule(*, draft: JsonMapping, condition: Node, user: User | None) -> FraudRule:
    """A new rule, by default a draft. Raises Conflict on a taken name."""
    rule = FraudRule(
        name=draft["name"],
        description=draft.get("description", ""),
        condition=to_json(condition),
        action=draft["action"],
        state=_checked_state(draft.get("state", RuleState.DRAFT)),
        created_by=user,
    )
    return _saved(rule, user=user)


def change_rule(
    *, rule: FraudRule, changes: JsonMapping, condition: Node | None, user: User | None
) -> FraudRule:
    """Change what is given. Nothing different writes nothing. Raises Conflict on a taken name."""
    with transaction.atomic():
        locked = FraudRule.objects.select_for_update().get(pk=rule.pk)
        before = [getattr(locked, name) for name in (*TEXTS, "condition")]
        for name in TEXTS:
            if name in changes:
                setattr(locked, name, changes[name])
        _checked_state(locked.state)
        if condition is not None:
            locked.condition = to_json(condition)
        if before == [getattr(locked, name) for name in (*TEXTS, "condition")]:
            return locked
        locked.changed_at = timezone.now()
        return _saved(locked, user=user)


def delete_rule(*, rule: FraudRule, user: User | None) -> None:
    """Take the rule away; its versions stay for the decisions that name them."""
    with transaction.atomic():
        locked = FraudRule.objects.select_for_update().get(pk=rule.pk)
        locked.state = RuleState.DELETED
        _note_version(locked, user=user)
        locked.delete()


def rule_text(rule: FraudRule | FraudRuleVersion) -> str:
    """The condition as staff write it."""
    return rule_texts([rule])[rule.pk]


def rule_texts(rules: Iterable[FraudRule | FraudRuleVersion]) -> dict[int, str]:
    """As ``rule_text``, by id, with the names of all looked up at once."""
    conditions = {rule.pk: rule.condition for rule in rules}
    names = names_in(conditions.values())
    # one that is unreadable was written by a program that knew more
    return {pk: stored_text(form, names=names) or str(form) for pk, form in conditions.items()}


def rules_using(ref: Ref) -> list[str]:
    """The names of the rules whose condition names ``ref``."""
    using = FraudRule.objects.filter(**{f"uses__used_{ref.kind}": ref.id})
    return list(using.order_by("name").values_list("name", flat=True).distinct())


def replace_in_rules(old: Ref, new: Ref, user: User | None) -> None:
    """Put ``new`` in the place of ``old`` in every rule that names it, as new versions."""
    for rule in FraudRule.objects.filter(**{f"uses__used_{old.kind}": old.id}).order_by("pk").distinct():
        condition = with_ref(from_json(rule.condition), old, new)
        change_rule(rule=rule, changes={}, condition=condition, user=user)


def _checked_state(state: str) -> str:
    if state == RuleState.DELETED:
        raise rejected("state", _("Delete the rule instead."))
    return state


def _saved(rule: FraudRule, *, user: User | None) -> FraudRule:
    try:
        with transaction.atomic():
            rule.save()
            note_uses(rows=rule.uses, rule=from_json(rule.condition))
            _note_version(rule, user=user)
    except IntegrityError:
        raise Conflict(_("There is a rule called %s already.") % rule.name) from None
    return rule


def _note_version(rule: FraudRule, *, user: User | None) -> None:
    newest = rule.versions.aggregate(newest=Max("number"))["newest"] or 0
    FraudRuleVersion.objects.create(
        rule=rule,
        number=newest + 1,
        name=rule.name,
        condition=rule.condition,
        action=rule.action,
        state=rule.state,
        changed_by=user,
    )
