"""``manage.py import_labels FILE``."""

from __future__ import annotations

from importing.management.import_command import ImportCommand


class Command(ImportCommand):
    kind = "labels"
    help = (
        "Import fraud labels; the newest label of an order counts. "
        "Columns: order_no, is_fraud, known_at, source. "
        "Example: manage.py import_labels labels.csv"
    )
