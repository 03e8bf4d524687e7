"""The texts of the rule editor in the reader's language; its scripts contain none."""

from __future__ import annotations

from django.utils.translation import gettext as _

Words = dict[str, str]


def editor_words() -> dict[str, str | Words]:
    return {
        **_answer_words(),
        **_drafting_words(),
        **_form_words(),
        "units": {"d": _("days"), "w": _("weeks"), "m": _("months"), "y": _("years")},
        "operators": _operator_words(),
    }


def _answer_words() -> Words:
    """Texts about the number of members that fit, and errors."""
    return {
        "one": _("1 member fits now."),
        "many": _("%s members fit now."),
        "estimate": _("Estimated from a sample: between %(low)s and %(high)s. Counting …"),
        "stop": _("Stop counting"),
        "failed": _("The server did not answer; the rule is checked again when you save."),
        "incomplete": _("Fill in what is missing."),
        "empty": _("Add a condition."),
    }


def _drafting_words() -> Words:
    """The rule described in words, templates, and the two ways to edit."""
    return {
        "describe": _("Describe the members in words"),
        "describeExample": _("Describe them: gold members who bought coffee twice in two months"),
        "draft": _("Draft the rule"),
        "drafted": _("This is the rule; check whether it says what you mean."),
        "assumed": _("This is the rule; check what was assumed:"),
        "template": _("Start from a template …"),
        "asText": _("Text"),
        "asForm": _("Form"),
    }


def _form_words() -> Words:
    """The form of conditions and groups."""
    return {
        "group": _("How the conditions are joined"),
        "all": _("all of these hold"),
        "any": _("at least one of these holds"),
        "negation": _("whether it holds"),
        "holds": _("holds"),
        "not": _("does not hold"),
        "addCondition": _("Condition"),
        "addBehaviour": _("What they did"),
        "addGroup": _("Conditions in brackets"),
        "remove": _("Remove"),
        "what": _("what is asked"),
        "did": _("What they did"),
        "is": _("What is known of them"),
        "segment": _("is in the segment"),
        "compared": _("how it is compared"),
        "and": _("and"),
        "list": _("values, separated by commas"),
        "yes": _("yes"),
        "no": _("no"),
        "howLong": _("how long"),
        "unit": _("unit of time"),
        "day": _("which day"),
        "ago": _("ago"),
        "ahead": _("from now"),
        "date": _("on the calendar"),
        "detail": _("more detail …"),
    }


def _operator_words() -> Words:
    return {
        "=": _("is"),
        "!=": _("is not"),
        "<": _("less than, before"),
        "<=": _("at most, until"),
        ">": _("more than, after"),
        ">=": _("at least, since"),
        "between": _("between"),
        "in": _("is one of"),
        "not in": _("is none of"),
        "contains": _("contains"),
        "starts with": _("starts with"),
        "in next": _("in the next"),
        "in last": _("in the last"),
        "is set": _("is known"),
        "is unset": _("is not known"),
    }
