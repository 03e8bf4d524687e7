"""What can be wrong with a file as a whole."""

from __future__ import annotations


class BadFile(Exception):  # it names what the user has in hand
    """The file cannot be imported; the message says what is wrong and what would be right."""


class ImportBusy(Exception):
    """Another worker is importing the same file."""
