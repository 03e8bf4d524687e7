from __future__ import annotations

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# SQLite makes a table anew when its columns change, and drops its trigger with the old one; see 0002.
HISTORY = """
CREATE TRIGGER IF NOT EXISTS membership_stockmovement_never_changed BEFORE UPDATE ON membership_stockmovement
BEGIN SELECT RAISE(ABORT, 'the history of an order is never changed'); END
"""


def make_trigger(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(HISTORY)


class Migration(migrations.Migration):
    dependencies = [
        ("membership", "0014_merges"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, make_trigger),
        migrations.CreateModel(
            name="Backorder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField(verbose_name="line")),
                ("units", models.PositiveIntegerField(verbose_name="missing")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="since")),
            ],
            options={
                "verbose_name": "backorder",
                "verbose_name_plural": "backorders",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="ProductGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="public id"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        help_text="The shop's own name for it, such as a handle or the SKU of the parent.",
                        max_length=120,
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "options",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text='A list in order, such as ["Size", "Colour"].',
                        verbose_name="options",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
            ],
            options={
                "verbose_name": "product group",
                "verbose_name_plural": "product groups",
                "ordering": ("code",),
            },
        ),
        migrations.RemoveConstraint(
            model_name="stockmovement",
            name="stock_movement_not_zero",
        ),
        migrations.RemoveConstraint(
            model_name="stockmovement",
            name="stock_movement_not_above_wanted",
        ),
        migrations.AddField(
            model_name="product",
            name="backordered",
            field=models.PositiveIntegerField(
                db_default=0, default=0, editable=False, verbose_name="backordered"
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="options",
            field=models.JSONField(
                blank=True,
                help_text='What makes this variant, such as {"Size": "M"}.',
                null=True,
                verbose_name="options",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="options_key",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="shopsettings",
            name="oversell",
            field=models.CharField(
                choices=[
                    ("allow", "Take the order; the stock falls to 0"),
                    ("refuse", "Refuse the order"),
                    ("backorder", "Take the order; what is missing is delivered later"),
                ],
                db_default="allow",
                default="allow",
                help_text="Where stock is counted. Orders of files and other systems are never refused.",
                max_length=10,
                verbose_name="an order for more than there is",
            ),
        ),
        migrations.AddField(
            model_name="stockmovement",
            name="reason",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="reason"
            ),
        ),
        migrations.AddField(
            model_name="stockmovement",
            name="source",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40, verbose_name="source"
            ),
        ),
        migrations.AddField(
            model_name="stockmovement",
            name="stock",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="stock then"),
        ),
        migrations.AddField(
            model_name="stockmovement",
            name="who",
            field=models.CharField(blank=True, db_default="", default="", max_length=160, verbose_name="by"),
        ),
        migrations.AlterField(
            model_name="stockmovement",
            name="line_no",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="line"),
        ),
        migrations.AlterField(
            model_name="stockmovement",
            name="order",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stock_movements",
                to="membership.order",
                verbose_name="order",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("oversell__in", ["allow", "refuse", "backorder"])),
                name="shop_oversell_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("line_no", None), ("order", None)),
                    models.Q(("line_no__isnull", False), ("order__isnull", False)),
                    _connector="OR",
                ),
                name="stock_movement_of_a_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("order", None), models.Q(("units", 0), ("wanted", 0), _negated=True), _connector="OR"
                ),
                name="stock_movement_not_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order", None), ("units", models.F("wanted"))),
                    models.Q(("units__gte", models.F("wanted")), ("units__lte", 0), ("wanted__lt", 0)),
                    models.Q(("units__gte", 0), ("units__lte", models.F("wanted")), ("wanted__gt", 0)),
                    models.Q(("units__lt", 0), ("wanted", 0)),
                    _connector="OR",
                ),
                name="stock_movement_not_above_wanted",
            ),
        ),
        migrations.AddField(
            model_name="backorder",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="backorders",
                to="membership.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="backorder",
            name="product",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="backorders",
                to="membership.product",
                verbose_name="product",
            ),
        ),
        migrations.AddConstraint(
            model_name="productgroup",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="product_group_code_not_empty"
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="products",
                to="membership.productgroup",
                verbose_name="product group",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(
                condition=models.Q(("group__isnull", False), models.Q(("options_key", ""), _negated=True)),
                fields=("group", "options_key"),
                name="product_options_once_in_group",
                violation_error_message="Another product of the group has these options.",
            ),
        ),
        migrations.AddConstraint(
            model_name="backorder",
            constraint=models.UniqueConstraint(
                fields=("order", "line_no", "product"), name="backorder_once_a_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="backorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gt", 0)), name="backorder_not_zero"
            ),
        ),
        migrations.RunPython(make_trigger, migrations.RunPython.noop),
    ]
