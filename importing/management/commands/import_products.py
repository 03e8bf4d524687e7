"""``manage.py import_products FILE``."""

from __future__ import annotations

from importing.management.import_command import ImportCommand


class Command(ImportCommand):
    kind = "products"
    help = (
        "Import products and their categories; a known SKU is updated. "
        "Columns: sku, name, category, brand, price, currency, stock. "
        "Example: manage.py import_products products.csv --preset shopify"
    )
