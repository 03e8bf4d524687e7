import uuid

from django.db import migrations, models

MODELS = ("modelversion", "trainingrun")


def fill(apps, schema_editor):
    """An id of its own for each row: adding the column has given all of them the same one."""
    for name in MODELS:
        rows = apps.get_model("registry", name).objects
        for pk in rows.values_list("pk", flat=True):
            rows.filter(pk=pk).update(public_id=uuid.uuid4())


def field(**options):
    return models.UUIDField(default=uuid.uuid4, editable=False, verbose_name="public id", **options)


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [
        *[migrations.AddField(name, "public_id", field(null=True)) for name in MODELS],
        migrations.RunPython(fill, migrations.RunPython.noop),
        *[migrations.AlterField(name, "public_id", field(unique=True)) for name in MODELS],
    ]
