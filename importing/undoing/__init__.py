"""Undoing a whole import within a day: what it made goes, what it changed gets its earlier values back.

A row that somebody has touched since stays, is counted and listed with its reason. docs/reference/import.md
says what counts as touched.
"""

from importing.undoing.carrying_out import preview_undo, resume_undo, undo_import
from importing.undoing.requesting import NotUndone, can_be_undone, request_undo, why_not

__all__ = [
    "NotUndone",
    "can_be_undone",
    "preview_undo",
    "request_undo",
    "resume_undo",
    "undo_import",
    "why_not",
]
