"""Rules over orders hold ids instead of names; decisions go on naming the versions that they asked."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from membership.migrations._names_to_ids import finder, uses, with_ids


def rules_to_ids(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rules, versions = apps.get_model("fraud", "FraudRule"), apps.get_model("fraud", "FraudRuleVersion")
    backtests, use = apps.get_model("fraud", "Backtest"), apps.get_model("fraud", "FraudRuleUse")
    find = finder(apps)
    for rule in rules.objects.order_by("pk"):
        condition = with_ids(rule.condition, find)
        for kind, pk in uses(condition):
            use.objects.create(rule=rule, **{f"used_{kind}_id": pk})
        if condition == rule.condition:
            continue
        rules.objects.filter(pk=rule.pk).update(condition=condition)
        newest = versions.objects.filter(rule=rule).order_by("-number").first()
        versions.objects.create(
            rule=rule, number=newest.number + 1 if newest else 1, name=rule.name, condition=condition,
            action=rule.action, state=rule.state,
        )  # fmt: skip
    for backtest in backtests.objects.order_by("pk"):
        condition = with_ids(backtest.condition, find)
        if condition != backtest.condition:
            backtests.objects.filter(pk=backtest.pk).update(condition=condition)


class Migration(migrations.Migration):
    dependencies = [("fraud", "0002_rule_uses"), ("membership", "0011_names_to_ids")]

    operations = [migrations.RunPython(rules_to_ids, migrations.RunPython.noop)]
