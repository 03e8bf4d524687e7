"""What can be wrong with a file as a whole; what helps, for the command line and for the browser."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


class BadFile(Exception):  # it names what the user has in hand
    """The file cannot be imported; the message says what is wrong.

    ``remedy`` names what would help, with ``arguments``: ``for_command`` and ``for_browser`` say it.
    """

    def __init__(self, message: str, *, remedy: str = "", **arguments: object) -> None:
        super().__init__(message)
        self.remedy, self.arguments = remedy, arguments


class NoTable(BadFile):
    """It is of a form that holds no table, as a picture; in a package such a file is left out."""


class ImportBusy(Exception):
    """Another worker is importing the same file."""


COMMAND: dict[str, Promise] = {
    "column": gettext_lazy("Name yours with --map theirs=%(first)s."),
    "mapping": gettext_lazy("Correct --map %(theirs)s=%(name)s."),
    "value": gettext_lazy("Correct --value %(column)s:%(theirs)s=%(ours)s."),
    "preset": gettext_lazy("Correct --preset."),
    "encoding": gettext_lazy("Save it as UTF-8, or name its encoding, for example --encoding %(guess)s."),
    "encoding_name": gettext_lazy("Examples for --encoding are utf-8, cp1252, gb18030 and utf-16-le."),
    "join": gettext_lazy("Name with --join only files of the same export."),
    "package": gettext_lazy("Unpack it and name one, others with --join."),
}
BROWSER: dict[str, Promise] = {
    "column": gettext_lazy("Choose in the preview which of your columns it is."),
    "mapping": gettext_lazy("Choose another meaning for this column in the preview."),
    "value": gettext_lazy("Choose in the preview which column holds these words."),
    "preset": gettext_lazy("Choose another system in the preview."),
    "encoding": gettext_lazy(
        "Save it as UTF-8 and upload it again, or choose its encoding in the preview, for example %(guess)s."
    ),
    "encoding_name": gettext_lazy("Examples are utf-8, cp1252, gb18030 and utf-16-le."),
    "join": gettext_lazy("Upload together only files of the same export."),
    "package": gettext_lazy("Unpack it and upload the files that you need."),
}


def for_command(error: BadFile) -> str:
    """The refusal with the option that helps."""
    return _with(COMMAND, error)


def for_browser(error: BadFile) -> str:
    """The refusal with what to choose on the page."""
    return _with(BROWSER, error)


def _with(remedies: dict[str, Promise], error: BadFile) -> str:
    remedy = remedies.get(error.remedy)
    return str(error) if remedy is None else f"{error} {str(remedy) % error.arguments}"
