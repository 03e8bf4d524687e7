"""What can be wrong with a file as a whole."""

from __future__ import annotations


class BadFile(Exception):  # it names what the user has in hand
    """The file cannot be imported; the message says what is wrong.

    ``remedy`` names what would help, with ``arguments``: ``importing/remedies.py`` says it as the command
    line or the browser has it.
    """

    def __init__(self, message: str, *, remedy: str = "", **arguments: object) -> None:
        super().__init__(message)
        self.remedy, self.arguments = remedy, arguments


class NoTable(BadFile):
    """It is of a form that holds no table, as a picture; in a package such a file is left out."""


class ImportBusy(Exception):
    """Another worker is importing the same file."""
