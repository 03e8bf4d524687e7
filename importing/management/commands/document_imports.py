"""``manage.py document_imports``: writes the generated parts of docs/reference/import.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from importing.presets.describing import PAGE, with_generated_parts


class Command(BaseCommand):
    help = "Writes the tables of columns and systems in docs/reference/import.md as the code has them."

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            page = with_generated_parts(PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(page, encoding="utf-8")
