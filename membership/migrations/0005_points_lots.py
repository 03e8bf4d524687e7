"""Puts the points that are there into lots."""

from collections import defaultdict
from datetime import UTC, datetime

from django.db import migrations
from django.utils import timezone

def fill_lots(apps, schema_editor):
    """Each credit becomes a lot; a debit is replaced by its parts, taken from what expires first."""
    entries = apps.get_model("membership", "PointsEntry").objects
    of_member = defaultdict(list)
    for row in entries.filter(lot=None).order_by("occurred_at", "id").iterator():
        of_member[row.member_id].append(row)
    for rows in of_member.values():
        _replay(apps, rows, now=timezone.now())


def _replay(apps, rows, *, now):
    entry_model, lot_model = apps.get_model("membership", "PointsEntry"), apps.get_model("membership", "PointsLot")
    lots = []
    for row in rows:
        if row.points > 0:
            lot = lot_model.objects.create(
                member_id=row.member_id,
                source="import" if row.reason == "import" else "staff",
                remaining=row.points,
                earned_at=row.occurred_at,
                expires_at=row.expires_at,
            )
            entry_model.objects.filter(pk=row.pk).update(lot=lot)
            lots.append(lot)
            continue
        left = -row.points
        alive = [lot for lot in lots if lot.expires_at is None or lot.expires_at > row.occurred_at]
        for lot in sorted(alive, key=lambda one: (one.expires_at or datetime.max.replace(tzinfo=UTC), one.id)):
            if part := min(lot.remaining, left):
                _part(entry_model, row, lot, part)
                lot.remaining, left = lot.remaining - part, left - part
        if left:
            _part(entry_model, row, None, left)
        entry_model.objects.filter(pk=row.pk).delete()
    for lot in lots:
        if lot.remaining and lot.expires_at and lot.expires_at <= now:
            entry_model.objects.create(
                member_id=lot.member_id, lot=lot, kind="expired", points=-lot.remaining, reason="expired",
                occurred_at=lot.expires_at, expires_at=lot.expires_at,
            )  # fmt: skip
            lot.remaining = 0
        lot.save(update_fields=("remaining",))


def _part(entry_model, row, lot, points):
    entry_model.objects.create(
        member_id=row.member_id, order_id=row.order_id, lot=lot, kind="taken", points=-points,
        reason=row.reason, occurred_at=row.occurred_at, expires_at=lot.expires_at if lot else None,
    )  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ("membership", "0004_loyalty"),
    ]

    operations = [
        migrations.RunPython(fill_lots, migrations.RunPython.noop),
    ]
