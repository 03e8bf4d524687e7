"""Rules hold ids instead of names, and every category has the path that follows from its names."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from membership.migrations._names_to_ids import finder, uses, with_ids

LONGEST_NAME = 120


def rules_to_ids(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    versions = apps.get_model("membership", "SegmentVersion")
    use = apps.get_model("membership", "SegmentUse")
    find, newest = finder(apps), dict[int, Any]()
    rows = versions.objects.filter(segment__kind="dynamic").order_by("segment_id", "number")
    for version in rows:
        rule = with_ids(version.rule, find)
        if rule != version.rule:
            versions.objects.filter(pk=version.pk).update(rule=rule)
        newest[version.segment_id] = rule
    for segment_id, rule in newest.items():
        for kind, pk in uses(rule):
            use.objects.create(segment_id=segment_id, **{f"used_{kind}_id": pk})


def derive_paths(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Parents before their children; a name that makes a path twice gets a number."""
    categories = apps.get_model("membership", "Category")
    children = dict[int | None, list[Any]]()
    for row in categories.objects.order_by("pk"):
        children.setdefault(row.parent_id, []).append(row)
    taken, wanted = set[str](), list[Any]()
    waiting = [(row, "") for row in children.get(None, [])]
    while waiting:
        row, above = waiting.pop(0)
        name, number = row.name.replace(" > ", " / "), 1
        row.name = name
        while above + row.name in taken:
            number += 1
            row.name = f"{name[: LONGEST_NAME - 6]} ({number})"
        path = above + row.name
        taken.add(path)
        if path != row.path:
            wanted.append((row.pk, row.name, path))
        waiting += [(child, f"{path} > ") for child in children.get(row.pk, [])]
    for pk, _name, _path in wanted:  # out of the way first: two may have changed places
        categories.objects.filter(pk=pk).update(path=f"#{pk}")
    for pk, name, path in wanted:
        categories.objects.filter(pk=pk).update(name=name, path=path)


class Migration(migrations.Migration):
    dependencies = [("membership", "0010_rule_uses")]

    operations = [
        migrations.RunPython(rules_to_ids, migrations.RunPython.noop),
        migrations.RunPython(derive_paths, migrations.RunPython.noop),
    ]
