from __future__ import annotations

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("membership", "0011_names_to_ids")]

    operations = [
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('name__contains', ' > '), _negated=True), name='category_name_no_path'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('parent', None), ('path', models.F('name'))), models.Q(('parent__isnull', False), ('path__endswith', django.db.models.functions.text.Concat(models.Value(' > '), models.F('name')))), _connector='OR'), name='category_path_has_name'),
        ),
    ]
