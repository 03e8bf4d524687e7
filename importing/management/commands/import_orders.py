"""``manage.py import_orders FILE``."""

from __future__ import annotations

from importing.management.import_command import ImportCommand


class Command(ImportCommand):
    kind = "orders"
    help = (
        "Import orders, one row a line; an order is taken whole or not at all. "
        "Columns: order_no, line_no, member_no, placed_at, sku, quantity, unit_price, discount, "
        "currency, status, store, channel, payment_method, payment_fingerprint, "
        "device_fingerprint, ip, billing_country, shipping_country, coupon. "
        "Example: manage.py import_orders orders.parquet --dry-run"
    )
