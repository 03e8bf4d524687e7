"""What this app shows on a member's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from learning.json_types import JsonObject
from membership.panels import Panel
from membership.wording import percent_text
from recommendations.models import RepeatGap, Surface
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


def repeat_note(product_id: int) -> str:
    """How soon members buy a product again, as the shop's orders teach; "" before the first retrain."""
    learned = RepeatGap.objects.filter(product=product_id).first()
    if learned is None:
        return ""
    if learned.is_once:
        return _("Members buy this once: %(share)s buy it again.") % {
            "share": percent_text(learned.again_share)
        }
    days = round(learned.days)
    text = ngettext(
        "Members buy this again after about %(days)d day (learned from %(gaps)d repeat purchases);",
        "Members buy this again after about %(days)d days (learned from %(gaps)d repeat purchases);",
        days,
    ) % {"days": days, "gaps": learned.gaps}
    early = ngettext(
        "one in ten within %(days)d day, before which it is not offered again.",
        "one in ten within %(days)d days, before which it is not offered again.",
        learned.early_days,
    )
    return f"{text} {early % {'days': learned.early_days}}"


member_panel = Panel(
    key="recommendations",
    title=gettext_lazy("Recommendations"),
    template="recommendations/panels/member.html",
    context=member_context,
    permission="recommendations.view_recommendation",
    order=30,
    sentence=member_sentence,
)
