"""The list of possible duplicates: each pair side by side, with its reasons and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from membership.duplicates.reasons import Said, said
from membership.models import DuplicateCandidate, DuplicateSearch, Member
from membership.wording import moment_text

A_PAGE = 20
LEAST = {"85": DuplicateCandidate.SHOWN, "50": DuplicateCandidate.KEPT}
"""What ``?least=`` offers, in per cent."""


@dataclass(frozen=True)
class Fact:
    """One row of the table of a pair: the same fact of both."""

    title: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        return self.first != self.second


@dataclass(frozen=True)
class ShownPair:
    """A pair as the page shows it."""

    candidate: DuplicateCandidate
    facts: list[Fact]
    reasons: list[Said]
    merge_url: str


def duplicates_page(request: HttpRequest) -> TemplateResponse:
    """Open pairs, the likeliest first. ``?least=50``: also less likely ones; ``?state=dismissed``: those."""
    state = request.GET.get("state", DuplicateCandidate.State.OPEN)
    least = request.GET.get("least", "85")
    rows = _wanted(state=state, least=LEAST.get(least, DuplicateCandidate.SHOWN))
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": _("Possible duplicates"),
        "opts": DuplicateCandidate._meta,
        "page": page,
        "pairs": [_shown(candidate) for candidate in page],
        "state": state,
        "least": least,
        "search": DuplicateSearch.objects.first(),
        "left_out": list(_left_out()),
        "may_decide": request.user.has_perm("membership.change_member"),
        "may_merge": request.user.has_perm("membership.add_merge"),
    }
    request.current_app = admin.site.name
    return TemplateResponse(request, "membership/duplicates.html", context)


def _wanted(*, state: str, least: float) -> QuerySet[DuplicateCandidate]:
    pairs = DuplicateCandidate.objects.visible().filter(probability__gte=least)
    known = state in DuplicateCandidate.State.values
    pairs = pairs.filter(state=state if known else DuplicateCandidate.State.OPEN)
    return pairs.select_related("low__features", "high__features").order_by("-probability", "-id")


def _shown(candidate: DuplicateCandidate) -> ShownPair:
    facts = [
        Fact(title, first, second)
        for (title, first), (_title, second) in zip(
            _facts(candidate.low), _facts(candidate.high), strict=True
        )
        if first or second
    ]
    return ShownPair(candidate, facts, said(candidate.reasons), _merge_url(candidate))


def _facts(member: Member) -> list[tuple[str, str]]:
    features = getattr(member, "features", None)
    last = features.last_order_at if features is not None else None
    return [
        (_("Number"), member.member_no),
        (_("Name"), member.name),
        (_("E-mail"), member.email or ""),
        (_("Phone"), member.phone or ""),
        (_("Birth date"), f"{member.birth_date:%Y-%m-%d}" if member.birth_date else ""),
        (_("Country"), member.country),
        (_("Tier"), str(member.get_tier_display())),
        (_("Joined"), moment_text(member.joined_at)[:10] if member.joined_at else ""),
        (_("Orders"), str(features.orders_total) if features is not None else ""),
        (_("Last order"), moment_text(last)[:10] if last else ""),
    ]


def _merge_url(candidate: DuplicateCandidate) -> str:
    url = reverse("admin:membership_member_merge", args=(candidate.low_id,))
    return f"{url}?other={candidate.high_id}"


def _left_out() -> Iterator[str]:
    """What the last search could not use, in words."""
    search = DuplicateSearch.objects.first()
    counts = search.left_out if search is not None else {}
    for kind, sentence in (
        ("address", _("addresses that more than 20 members used: %(count)d")),
        ("device", _("devices that more than 20 members used: %(count)d")),
        ("payment", _("means of payment that more than 20 members used: %(count)d")),
        ("name", _("members whose name more than 5 have, so that it alone finds nobody: %(count)d")),
    ):
        if counts.get(kind):
            yield sentence % {"count": counts[kind]}
