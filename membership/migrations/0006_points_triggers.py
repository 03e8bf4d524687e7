"""Lets the database add up what is left of a points lot, and refuse to change an entry."""

from django.db import migrations

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


class Migration(migrations.Migration):

    dependencies = [
        ("membership", "0005_points_lots"),
    ]

    operations = [
        migrations.RunPython(make_triggers, drop_triggers),
    ]
