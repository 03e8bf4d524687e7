"""How unusual an order is, while no fraud model is live: on alerts, and in the log of decisions."""

import django.db.models.deletion
from django.db import migrations, models

# a change of columns may make the table anew on SQLite, which drops the trigger of 0001
SQLITE = """
CREATE TRIGGER IF NOT EXISTS decision_log_never_changed BEFORE UPDATE ON fraud_decisionlog
BEGIN SELECT RAISE(ABORT, 'a logged decision is never changed'); END"""


def make_trigger(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(SQLITE)


class Migration(migrations.Migration):

    dependencies = [
        ('fraud', '0004_without_model'),
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, make_trigger),
        migrations.AddField(
            model_name='decisionlog',
            name='unusual',
            field=models.FloatField(blank=True, null=True, verbose_name='unusual'),
        ),
        migrations.AddField(
            model_name='decisionlog',
            name='unusual_version',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.modelversion', verbose_name='ranked by'),
        ),
        migrations.AddField(
            model_name='fraudalert',
            name='unusual',
            field=models.FloatField(blank=True, help_text="The share of the shop's orders that are less unusual: a rank, not a probability.", null=True, verbose_name='unusual'),
        ),
        migrations.AddConstraint(
            model_name='fraudalert',
            constraint=models.CheckConstraint(condition=models.Q(('unusual', None), ('unusual__range', (0, 1)), _connector='OR'), name='fraud_alert_unusual_0_to_1'),
        ),
        migrations.RunPython(make_trigger, migrations.RunPython.noop),
    ]
