"""``manage.py import_events FILE``."""

from __future__ import annotations

from importing.management.import_command import ImportCommand


class Command(ImportCommand):
    kind = "events"
    help = (
        "Import views, carts, searches and the like; repeated ones are left out. "
        "Columns: member_no, type, sku, occurred_at, session. "
        "Example: manage.py import_events events.csv.gz"
    )
