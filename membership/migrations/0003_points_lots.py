"""Puts the points that are there into lots, and lets the database add up what is left of a lot."""

from collections import defaultdict
from datetime import UTC, datetime

from django.db import migrations
from django.utils import timezone

# On SQLite a later change of a table's columns drops its triggers, and a trigger hinders the renaming of a table
# that it names: a migration of either table drops these first and makes them again.
SQLITE = (
    """
CREATE TRIGGER points_lot_follows_its_entries AFTER INSERT ON membership_pointsentry WHEN NEW.lot_id IS NOT NULL
BEGIN UPDATE membership_pointslot SET remaining = remaining + NEW.points WHERE id = NEW.lot_id; END
""",
    """
CREATE TRIGGER points_entry_never_changed
BEFORE UPDATE OF points, lot_id, kind, occurred_at, available_at, expires_at ON membership_pointsentry
BEGIN SELECT RAISE(ABORT, 'a points entry is never changed'); END
""",
)
POSTGRESQL = (
    """
CREATE FUNCTION points_lot_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE membership_pointslot SET remaining = remaining + NEW.points WHERE id = NEW.lot_id; RETURN NULL; END $$;
CREATE TRIGGER points_lot_follows_its_entries AFTER INSERT ON membership_pointsentry
FOR EACH ROW WHEN (NEW.lot_id IS NOT NULL) EXECUTE FUNCTION points_lot_follows();
CREATE FUNCTION refuse_changed_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a points entry is never changed'; END $$;
CREATE TRIGGER points_entry_never_changed
BEFORE UPDATE OF points, lot_id, kind, occurred_at, available_at, expires_at ON membership_pointsentry
FOR EACH ROW EXECUTE FUNCTION refuse_changed_points();
""",
)


def make_triggers(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, function in (
            ("points_lot_follows_its_entries", "points_lot_follows"),
            ("points_entry_never_changed", "refuse_changed_points"),
        ):
            schema_editor.execute(f"DROP TRIGGER {name} ON membership_pointsentry")
            schema_editor.execute(f"DROP FUNCTION {function}()")
    else:
        for name in ("points_lot_follows_its_entries", "points_entry_never_changed"):
            schema_editor.execute(f"DROP TRIGGER {name}")


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
        ("membership", "0002_loyalty"),
    ]

    operations = [
        migrations.RunPython(fill_lots, migrations.RunPython.noop),
        migrations.RunPython(make_triggers, drop_triggers),
    ]
