"""The words that the script of the import page shows."""

from __future__ import annotations

from django.utils.translation import gettext as _


def page_words() -> dict[str, str]:
    return {**_of_uploads(), **_of_previews(), **_of_choices()}


def _of_uploads() -> dict[str, str]:
    return {
        "waiting": _("waits"),
        "sending": _("%(percent)s, %(left)s left"),
        "complete": _("uploaded"),
        "stopped": _("stopped at %(percent)s: choose the same file again, and it goes on there"),
        "retrying": _("the connection broke; it goes on by itself"),
        "remove": _("Remove"),
        "failed": _("The server does not answer. Check the connection and try again."),
        "left_seconds": _("%(n)s s"),
        "left_minutes": _("%(n)s min"),
        "unknown_file": _("Kind not recognised"),
    }


def _of_previews() -> dict[str, str]:
    return {
        "looks_like": _("This looks like %(what)s."),
        "looks_plain": _("A table with headings of its own."),
        "only_head": _(
            "This is the beginning of the file. Only the whole file tells all totals, contacts that several "
            "people share, and order lines that lie far apart: check it before you import it."
        ),
        "row": _("Row"),
        "outcome": _("Result"),
        "taken": _("is taken"),
        "rejected": _("rejected"),
        "left_out": _("left out"),
        "written": _("in the file: %(text)s"),
        "no_rows": _("The file has no rows below its heading."),
        "first_rows": _("The first rows, as they will be understood"),
    }


def _of_choices() -> dict[str, str]:
    return {
        "column": _("Column of the file"),
        "examples": _("Examples"),
        "read_as": _("Is read as"),
        "not_used": _("not used"),
        "also": _("also: %(names)s"),
        "word": _("Word in the file"),
        "rows": _("Rows"),
        "means": _("Means"),
        "unknown_word": _("not known: choose what it means"),
        "words_of": _("Words of the column: %(name)s"),
        "columns_used": _("Columns: %(used)s of %(all)s are used"),
        "saved": _("Read as saved under “%(name)s”."),
        "told": _("told by the file"),
        "no_system": _("no system: by the names of the columns"),
        "together": _("Files of one export"),
    }
