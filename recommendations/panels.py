"""What this app shows on a member's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from learning.json_types import JsonObject
from membership.panels import Panel
from recommendations.models import Surface
from recommendations.services.serving.member_lists import recommend

if TYPE_CHECKING:
    from membership.models import Member

SHOWN = 8


def member_context(member: Member) -> JsonObject:
    """Both lists of the member, as a storefront would show them now."""
    lists = [
        {"label": surface.label, "served": recommend(member=member, surface=surface.value, limit=SHOWN)}
        for surface in Surface
    ]
    return {"lists": lists}


def member_sentence(member: Member) -> str:
    """A clause about the best product on *for you*, only when a model chose it."""
    served = recommend(member=member, surface=Surface.FOR_YOU, limit=1)
    if served.source != "model" or not served.products:
        return ""
    return _("may like %(product)s next") % {"product": served.products[0].product.name}


member_panel = Panel(
    key="recommendations",
    title=gettext_lazy("Recommendations"),
    template="recommendations/panels/member.html",
    context=member_context,
    permission="recommendations.view_recommendation",
    order=30,
    sentence=member_sentence,
)
