"""``manage.py import_members FILE``."""

from __future__ import annotations

from importing.management.import_command import ImportCommand


class Command(ImportCommand):
    kind = "members"
    help = (
        "Import members; a known number, e-mail or phone is never made twice. "
        "Columns: member_no, name, email, phone, birth_date, country, language, joined_at, tier, tags. "
        'Example: manage.py import_members members.csv --map "Customer ID=member_no"'
    )
