"""Segments as holders of rules: which of them name something, and another one in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from membership.errors import Conflict
from membership.models import Segment
from membership.rules.names.uses import RuleHolder, register_holder
from membership.rules.nodes import Ref, with_ref
from membership.rules.stored import current_rule, reached_from
from membership.segments.by_rule import change_rule
from membership.wording import in_words

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def register_segments_as_holders() -> None:
    register_holder(
        RuleHolder(
            "segments",
            gettext_lazy("in the segments %s"),
            names=lambda ref: [in_words(segment.name) for segment in _using(ref)],
            replace=replace_in_segments,
        )
    )


def replace_in_segments(old: Ref, new: Ref, user: User | None) -> None:
    """Put ``new`` in the place of ``old`` in every rule of now, as new versions; workers renew the members.

    Raises Conflict where a rule would then refer to itself.
    """
    for segment in _using(old):
        if new.kind == "segment" and segment.pk in reached_from(new.id):
            message = _("The rule of segment %(name)s would then refer to itself.")
            raise Conflict(message % {"name": segment.name})
        rule = current_rule(segment)
        if rule is not None:
            change_rule(segment=segment, rule=with_ref(rule, old, new), user=user, at_once=False)


def _using(ref: Ref) -> list[Segment]:
    using = Segment.objects.filter(**{f"uses__used_{ref.kind}": ref.id})
    return list(using.order_by("name", "pk").distinct())
