"""What the shop owes in points, and who is about to lose a tier."""

from __future__ import annotations

from itertools import islice

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from membership.loyalty.liability import liability
from membership.loyalty.tiers import Verdict, verdicts
from membership.models import LoyaltyProgram, Member
from membership.models.members import Tier

PREVIEW_DAYS = 90
SHOWN = 200


@require_safe
def liability_page(request: HttpRequest) -> TemplateResponse:
    """Points outstanding, what they are worth, and how many are likely to expire unused."""
    if not request.user.has_perm("membership.view_pointslot"):
        raise PermissionDenied
    return _page(request, _("Points liability"), "points_liability", {"liability": liability()})


@require_safe
def tiers_page(request: HttpRequest) -> TemplateResponse:
    """Members who lose their tier within the next days if nothing changes."""
    if not request.user.has_perms(("membership.view_tierrule", "membership.view_member")):
        raise PermissionDenied
    falling = list(islice(verdicts(as_of=timezone.now(), within_days=PREVIEW_DAYS), SHOWN + 1))
    members = Member.objects.in_bulk([one.member_id for one in falling])
    rows = [_row(one, members[one.member_id]) for one in falling[:SHOWN]]
    context = {"rows": rows, "days": PREVIEW_DAYS, "more": len(falling) > SHOWN}
    return _page(request, _("Members about to lose a tier"), "tier_preview", context)


def _row(one: Verdict, member: Member) -> dict[str, object]:
    return {
        "member": member, "tier": Tier(one.tier).label, "earned": Tier(one.earned).label,
        "falls_at": one.falls_at,
    }  # fmt: skip


def _page(request: HttpRequest, title: str, template: str, context: dict[str, object]) -> TemplateResponse:
    request.current_app = admin.site.name
    shared = {**admin.site.each_context(request), "title": title, "opts": LoyaltyProgram._meta}
    return TemplateResponse(request, f"membership/{template}.html", {**shared, **context})
