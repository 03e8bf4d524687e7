from django.db import migrations

# On SQLite a later change of the table's columns drops its triggers: such a migration must make this one again.
SQLITE = """
CREATE TRIGGER decision_log_never_changed BEFORE UPDATE ON fraud_decisionlog
BEGIN SELECT RAISE(ABORT, 'a logged decision is never changed'); END
"""
POSTGRESQL = """
CREATE FUNCTION refuse_changed_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a logged decision is never changed'; END $$;
CREATE TRIGGER decision_log_never_changed BEFORE UPDATE ON fraud_decisionlog
FOR EACH ROW EXECUTE FUNCTION refuse_changed_decision();
"""


def add(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER decision_log_never_changed ON fraud_decisionlog")
        schema_editor.execute("DROP FUNCTION refuse_changed_decision()")
    else:
        schema_editor.execute("DROP TRIGGER decision_log_never_changed")


class Migration(migrations.Migration):

    dependencies = [("fraud", "0002_add_policies_rules_lists")]

    operations = [migrations.RunPython(add, remove)]
