"""An undo for people and for programs."""

from __future__ import annotations

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from learning.json_types import JsonObject
from membership.models import ImportUndo

REASONS = {
    "edited": gettext_lazy("was edited since"),
    "changed_since": gettext_lazy("the order was changed since"),
    "labelled": gettext_lazy("a fraud label was set since"),
    "contact_taken": gettext_lazy("its earlier e-mail address or phone belongs to another member now"),
    "reference_gone": gettext_lazy("what its earlier value names is no longer there"),
    "exported": gettext_lazy(
        "has a consent by this import, and members were exported since: it is the proof that they may be "
        "written to"
    ),
    "newer_consent": gettext_lazy("the member has spoken about it since"),
    "refusal_stands": gettext_lazy("a refusal stands: no program gives a consent back"),
    "points_moved": gettext_lazy("points were booked since"),
}
USED = "used:"


def reason_text(code: str) -> str:
    if code.startswith(USED):
        return _("is named by: %(what)s") % {"what": table_name(code.removeprefix(USED))}
    return str(REASONS.get(code, code))


def table_name(label: str) -> str:
    """The title of a table, by its model's label."""
    model = apps.get_model(".".join(label.split(".")[:2]))
    if model._meta.auto_created:
        return _("tags of members")
    return str(model._meta.verbose_name_plural)


def as_json(undo: ImportUndo) -> JsonObject:
    return {
        "import": undo.of_import_id,
        "status": undo.status,
        "progress": undo.progress,
        "error": undo.error_text,
        "gone": undo.gone,
        "kept": undo.kept,
        "kept_rows": [
            {"table": table, "key": key, "reason": reason, "text": reason_text(reason)}
            for table, key, reason in undo.kept_rows
        ],
        "seconds": undo.seconds,
    }


def as_lines(undo: ImportUndo) -> list[str]:
    """Lines of text, what went first."""
    lines = [
        _("%(n)s %(what)s removed or put back") % {"n": f"{n:,}", "what": table_name(label)}
        for label, n in undo.gone.items()
    ]
    lines += [
        _("%(n)s %(what)s kept: %(why)s")
        % {"n": f"{n:,}", "what": table_name(label), "why": reason_text(why)}
        for label, reasons in undo.kept.items()
        for why, n in reasons.items()
    ]
    return lines or [_("There was nothing to take back.")]
