"""Orders that are there already: in the shop's currency their rate is 1, in another it is not known yet."""

from django.conf import settings
from django.db import migrations

from membership.cleaning.words import MINOR_DIGITS


def fill(apps, schema_editor):
    row = apps.get_model("membership", "ShopSettings").objects.first()
    currency = row.currency if row is not None else settings.SHOP_CURRENCY
    orders = apps.get_model("membership", "Order").objects
    orders.filter(currency=currency).update(shop_rate=1, shop_digits=None)
    orders.exclude(currency=currency).update(shop_rate=None, shop_digits=MINOR_DIGITS.get(currency, 2))


class Migration(migrations.Migration):

    dependencies = [
        ("membership", "0008_exchange_rates"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
