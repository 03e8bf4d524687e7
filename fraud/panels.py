"""What this app shows on a member's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy, ngettext

from fraud.models import FraudAlert, FraudScore
from fraud.services.desk.links import links_of_member
from fraud.services.reasons.texts import reason_text
from learning.json_types import JsonObject
from membership.panels import Panel

if TYPE_CHECKING:
    from membership.models import Member

SHOWN = 8


def member_context(member: Member) -> JsonObject:
    """The member's newest alerts, and the most suspect of the newest orders."""
    alerts = FraudAlert.objects.filter(order__member=member).select_related("order").order_by("-opened_at")
    scores = FraudScore.objects.filter(order__member=member).select_related("order", "model_version")
    newest = scores.order_by("-order__placed_at", "-order_id")[:SHOWN]
    return {
        "alerts": [{"alert": alert, "reasons": _texts(alert.reasons)} for alert in alerts[:SHOWN]],
        "links": links_of_member(member)[:SHOWN],
        "scores": [{"score": score, "reasons": _texts(score.reasons)} for score in newest],
    }


def member_sentence(member: Member) -> str:
    """A clause only while something is open."""
    n = FraudAlert.objects.open().filter(order__member=member).count()
    if not n:
        return ""
    return ngettext("has %(n)d open fraud alert", "has %(n)d open fraud alerts", n) % {"n": n}


def _texts(reasons: list[JsonObject]) -> list[str]:
    return [reason_text(reason) for reason in reasons]


member_panel = Panel(
    key="fraud",
    title=gettext_lazy("Fraud"),
    template="fraud/panels/member.html",
    context=member_context,
    permission="fraud.view_fraudalert",
    order=40,
    sentence=member_sentence,
)
