"""Coupons by percentage, codes that several members use, and from when imported orders earn points."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('membership', '0016_product_marks_and_gifts'),
    ]

    operations = [
        migrations.AddField(
            model_name='loyaltyprogram',
            name='imported_from',
            field=models.DateField(blank=True, help_text='Orders of files and connected shops placed on this day or later earn. Empty: none do.', null=True, verbose_name='imported orders earn from'),
        ),
        migrations.RemoveConstraint(
            model_name='coupon',
            name='coupon_applied_in_amount',
        ),
        migrations.AddField(
            model_name='coupon',
            name='percent',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='Of what the products cost, instead of an amount.', max_digits=5, null=True, verbose_name='percent'),
        ),
        migrations.AddField(
            model_name='coupon',
            name='shared',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='used_as', to='membership.coupon', verbose_name='use of the code'),
        ),
        migrations.AddField(
            model_name='coupon',
            name='uses',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='uses'),
        ),
        migrations.AddField(
            model_name='coupon',
            name='uses_allowed',
            field=models.PositiveIntegerField(blank=True, help_text='By different members, each once. Empty: one member uses it, once.', null=True, verbose_name='uses allowed'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(('applied__lte', models.F('amount')), ('percent__isnull', False), _connector='OR'), name='coupon_applied_in_amount'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(('percent', None), models.Q(('amount', 0), ('percent__gt', 0), ('percent__lte', 100)), _connector='OR'), name='coupon_percent_or_amount'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('uses', 0), ('uses_allowed', None)), models.Q(('member', None), ('order', None), ('uses__lte', models.F('uses_allowed')), ('uses_allowed__gt', 0)), _connector='OR'), name='coupon_uses_in_allowed'),
        ),
    ]
