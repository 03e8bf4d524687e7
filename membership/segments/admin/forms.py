"""The form of a segment, with the editor of its rule."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.urls import reverse_lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from learning.json_types import JsonObject
from membership.errors import Rejected
from membership.members.figures import figures_as_of
from membership.models import Segment
from membership.rules.checking import OPERATORS_OF, May, everything
from membership.rules.nodes import Node
from membership.rules.reading import BadRule, read_rule
from membership.rules.registry import segment_fields
from membership.segments.admin.words import editor_words
from membership.segments.by_rule import rule_text
from membership.segments.editing.previews import preview
from membership.wording import moment_text


class RuleArea(UnfoldAdminTextareaWidget):
    """Checked and previewed while typing, by a script of our own."""

    class Media:
        js = (
            "membership/rule_tokens.js",
            "membership/rule_area.js",
            "membership/rule_builder.js",
            "membership/segment_editor.js",
        )
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("membership/segment_editor.css",)}


class SegmentForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """``may`` is set by the admin: which fields this member of staff may ask."""

    may: ClassVar[May] = staticmethod(everything)
    rule: Node | None = None
    rule_text = forms.CharField(label=gettext_lazy("Rule"), required=False, max_length=10_000)

    class Meta:
        model = Segment
        fields = ("name", "key", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "description" in self.fields:
            self.fields["description"].widget.attrs["rows"] = 2
        if "rule_text" not in self.fields:
            return
        field = self.fields["rule_text"]
        field.widget = RuleArea(attrs=_rule_attributes())
        field.required = self.instance.pk is not None
        field.initial = rule_text(self.instance) if self.instance.pk else ""
        field.help_text = _rule_help(type(self).may, is_new=self.instance.pk is None)

    def clean_rule_text(self) -> str:
        text = str(self.cleaned_data["rule_text"])
        if text.strip():
            segment = self.instance if self.instance.pk else None
            try:
                self.rule = read_rule(text=text, may=type(self).may, segment=segment)
                preview(rule=self.rule)  # a rule that takes too long is a mistake, not an error page
            except BadRule as error:
                raise forms.ValidationError([_with_place(problem) for problem in error.problems]) from None
            except Rejected as error:
                raise forms.ValidationError(error.message) from None
        return text


def _with_place(problem: Any) -> str:
    place = f"{problem.place.line}:{problem.place.column} " if problem.place.line else ""
    return f"{place}{problem.message}"


def _rule_attributes() -> JsonObject:
    return {
        "rows": 4,
        "spellcheck": "false",
        "autocomplete": "off",
        "autocapitalize": "off",
        "data-preview-url": reverse_lazy("api-segment-preview"),
        "data-language-url": reverse_lazy("api-segment-language"),
        "data-draft-url": reverse_lazy("api-segment-draft"),
        "data-words": json.dumps(editor_words(), ensure_ascii=False),
    }


def _window_help() -> str:
    """What a window of days is, and as of when the stored figures are."""
    text = _(
        "“7d”, “within: 7d” and figures such as orders_7d mean the same days: today and the 7 days before it,"
        " in the shop's time zone."
    )
    oldest = figures_as_of()
    if oldest is None:
        return text
    figures = _("Figures of members are as of %(moment)s or later.") % {"moment": moment_text(oldest)}
    return f"{text} {figures}"


def _rule_help(may: May, *, is_new: bool) -> SafeString:
    """A short word, and every field that may be asked behind a fold."""
    rows = [
        (field.name, field.title, ", ".join(OPERATORS_OF[field.type]), field.unit)
        for field in segment_fields().values()
        if may(field)
    ]
    listed = format_html_join("", "<li><code>{}</code> {} <small>(<code>{}</code> {})</small></li>", rows)
    leave = _("Leave it empty to put members in by hand.") if is_new else ""
    return format_html(
        "{} <code>{}</code> {} <span>{}</span>"
        '<details class="rg-fold"><summary>{}</summary><ul>{}</ul></details>',
        _("For example:"),
        'tier in [gold, platinum] and bought(category: "Coffee", at_least: 3, within: 60d)',
        leave,
        _window_help(),
        _("All fields"),
        listed,
    )
