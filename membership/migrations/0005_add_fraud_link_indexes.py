from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('membership', '0004_add_segment_engine'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='address_fingerprint',
            field=models.CharField(blank=True, db_default='', default='', max_length=80, verbose_name='address fingerprint'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['device_fingerprint', 'placed_at'], name='order_of_device'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['payment_fingerprint', 'placed_at'], name='order_of_instrument'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['address_fingerprint', 'placed_at'], name='order_of_address'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('ip__isnull', False)), fields=['ip', 'placed_at'], name='order_of_ip'),
        ),
    ]
