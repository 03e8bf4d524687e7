"""Without a live model the amount decides: the setting, and a decision by it."""

import django.core.validators
from django.db import migrations, models

# a change of constraints makes the table anew on SQLite, which drops the trigger of 0001
SQLITE = """
CREATE TRIGGER IF NOT EXISTS decision_log_never_changed BEFORE UPDATE ON fraud_decisionlog
BEGIN SELECT RAISE(ABORT, 'a logged decision is never changed'); END"""


def make_trigger(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(SQLITE)


class Migration(migrations.Migration):

    dependencies = [
        ('fraud', '0003_names_to_ids'),
        ('membership', '0012_category_paths_follow'),
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, make_trigger),
        migrations.RemoveConstraint(
            model_name='decisionlog',
            name='decision_log_decided_by_known',
        ),
        migrations.RemoveConstraint(
            model_name='fraudscore',
            name='fraud_score_unscored_is_review',
        ),
        migrations.RemoveConstraint(
            model_name='fraudscore',
            name='fraud_score_decided_by_known',
        ),
        migrations.AddField(
            model_name='decisionpolicy',
            name='review_from',
            field=models.DecimalField(blank=True, decimal_places=3, help_text='Smaller orders are approved while there is no model. Empty: the first value.', max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='without a model, review from'),
        ),
        migrations.AlterField(
            model_name='decisionlog',
            name='decided_by',
            field=models.CharField(choices=[('block_list', 'Block list'), ('allow_list', 'Allow list'), ('rule', 'Rule'), ('no_model', 'No model could answer'), ('amount', 'Amount, without a model'), ('time_out', 'The model took too long'), ('suppressed', 'Suppressed by staff'), ('policy', 'Model and policy')], default='policy', max_length=10, verbose_name='decided by'),
        ),
        migrations.AlterField(
            model_name='fraudscore',
            name='decided_by',
            field=models.CharField(choices=[('block_list', 'Block list'), ('allow_list', 'Allow list'), ('rule', 'Rule'), ('no_model', 'No model could answer'), ('amount', 'Amount, without a model'), ('time_out', 'The model took too long'), ('suppressed', 'Suppressed by staff'), ('policy', 'Model and policy')], default='policy', max_length=10, verbose_name='decided by'),
        ),
        migrations.AddConstraint(
            model_name='decisionlog',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__in', ['block_list', 'allow_list', 'rule', 'no_model', 'amount', 'time_out', 'suppressed', 'policy'])), name='decision_log_decided_by_known'),
        ),
        migrations.AddConstraint(
            model_name='fraudscore',
            constraint=models.CheckConstraint(condition=models.Q(('probability__isnull', False), ('decision', 'review'), ('decided_by__in', ('block_list', 'allow_list', 'rule', 'amount', 'suppressed')), _connector='OR'), name='fraud_score_unscored_is_review'),
        ),
        migrations.AddConstraint(
            model_name='fraudscore',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__in', ['block_list', 'allow_list', 'rule', 'no_model', 'amount', 'time_out', 'suppressed', 'policy'])), name='fraud_score_decided_by_known'),
        ),
        migrations.RunPython(make_trigger, migrations.RunPython.noop),
    ]
