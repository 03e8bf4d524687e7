"""``manage.py import_promotions FILE``."""

from __future__ import annotations

from importing.management.import_command import ImportCommand


class Command(ImportCommand):
    kind = "promotions"
    help = (
        "Import promotions of products, past and planned; the same product, kind and first day is the same "
        "promotion, and is changed. Columns: sku, kind (mailer, front_page, display, price, online, other), "
        "starts_on, ends_on (a week if empty), share (0.4 or 40%; everywhere if empty), note. "
        "Example: manage.py import_promotions promotions.csv --dry-run"
    )
