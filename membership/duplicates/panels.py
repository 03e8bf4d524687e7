"""On a member's page: who else may be the same person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from learning.json_types import JsonMapping
from membership.duplicates.reasons import said
from membership.models import DuplicateCandidate, Member
from membership.models.people.duplicates import DuplicateCandidateQuerySet
from membership.panels import Panel, register_panel

SHOWN = 5
REASONS_SHOWN = 3


def duplicates(member: Member) -> JsonMapping:
    pairs = _likely(member).select_related("low", "high")[:SHOWN]
    return {
        "duplicates": [
            {
                "other": pair.high if pair.low_id == member.pk else pair.low,
                "probability": pair.probability,
                "reasons": [one for one in said(pair.reasons) if one.speaks_for][:REASONS_SHOWN],
            }
            for pair in pairs
        ]
    }


def clause(member: Member) -> str:
    """For the sentence about the member; "" when nobody else is likely the same."""
    count = _likely(member).count()
    if not count:
        return ""
    return ngettext("%(count)d likely duplicate", "%(count)d likely duplicates", count) % {"count": count}


def _likely(member: Member) -> DuplicateCandidateQuerySet:
    return DuplicateCandidate.objects.visible().open().likely().of_member(member.pk)


def register_duplicates() -> None:
    """Called once, when the app is ready."""
    register_panel(
        Panel(
            key="duplicates",
            title=_("Possible duplicates"),
            template="membership/panels/duplicates.html",
            context=duplicates,
            permission="membership.view_duplicatecandidate",
            order=90,
            side=True,
            sentence=clause,
        )
    )
