"""The page about one segment, what staff do there, and the RFM grid."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from learning.json_types import JsonMapping, JsonObject
from membership.errors import ServiceError
from membership.models import MemberExport, Segment, SegmentMembership
from membership.models.shop import the_shop
from membership.segments.api.downloads import file_response
from membership.segments.bitmaps import overlap
from membership.segments.by_rule import history, refresh, rule_text
from membership.segments.editing.versions import changes, laid_out, roll_back
from membership.segments.exports import export_members
from membership.segments.learned.clusters import word_of
from membership.segments.learned.look_alikes import request_look_alikes
from membership.segments.rfm_grid import rfm_grid
from membership.wording import in_words
from registry.queueing import queue_after_commit

EXAMPLES = 10
COMPARED = 8
TRAITS = 5
EXPORT_PERMISSIONS = ("membership.view_segment", "membership.view_member", "membership.add_memberexport")


@require_safe
def segment_page(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Who is in, how that changed, how the rule changed, and with whom it overlaps."""
    _demand(request, "membership.view_segment")
    segment = get_object_or_404(Segment, pk=segment_id)
    may_change = request.user.has_perm("membership.change_segment")
    context = {
        "segment": segment,
        "title": in_words(segment.name),
        "rule": _rule_lines(segment),
        "chart": _size_chart(segment),
        "chart_options": CHART_OPTIONS,
        "examples": _examples(segment) if request.user.has_perm("membership.view_member") else [],
        "overlaps": _overlaps(segment),
        "changes": changes(segment=segment),
        "model": _model_facts(segment),
        "may_change": may_change and segment.kind != Segment.Kind.MODEL,
        "may_imitate": request.user.has_perm("membership.add_segment"),
        "may_export": request.user.has_perms(EXPORT_PERMISSIONS),
        "contents": MemberExport.Content.choices,
        "formats": MemberExport.Format.choices,
    }
    return _page(request, "membership/segment.html", context, original=segment)


@require_POST
def segment_act(request: HttpRequest, segment_id: int) -> HttpResponse:
    """One thing that staff do on the page: refresh, roll_back, look_alikes."""
    segment = get_object_or_404(Segment, pk=segment_id)
    action = ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        raise PermissionDenied
    permission, run = action
    _demand(request, permission)
    try:
        shown, done = run(request, segment)
    except ServiceError as error:
        messages.error(request, error.message)
        shown = segment
    else:
        messages.success(request, done)
    return HttpResponseRedirect(reverse("admin:membership_segment_page", args=(shown.pk,)))


@require_POST
def segment_export(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """The members as a file; who took them out is noted."""
    _demand(request, *EXPORT_PERMISSIONS)
    segment = get_object_or_404(Segment, pk=segment_id)
    content, file_format = request.POST.get("content", ""), request.POST.get("format", "")
    if content not in MemberExport.Content.values or file_format not in MemberExport.Format.values:
        raise PermissionDenied
    user = request.user if isinstance(request.user, User) else None
    export = export_members(
        segment=segment, content=content, file_format=file_format, user=user, by=str(request.user)
    )
    return file_response(export)


@require_safe
def rfm_page(request: HttpRequest) -> HttpResponse:
    """Five by five: how lately and how often members buy; each cell leads to a segment of its members."""
    _demand(request, "membership.view_segment")
    grid = rfm_grid()
    most = max((cell.share for row in grid.rows for cell in row), default=0) or 1
    names = {group.key: group.name for group in grid.groups}
    rows = [
        [{"cell": cell, "level": round(cell.share / most * 5), "name": names[cell.group]} for cell in row]
        for row in grid.rows
    ]
    context = {"title": _("RFM grid"), "grid": grid, "rows": rows, "currency": the_shop().currency}
    return _page(request, "membership/rfm.html", context)


# --- what staff do ---------------------------------------------------------------------------------------


def _refresh(request: HttpRequest, segment: Segment) -> tuple[Segment, str]:
    entered, left = refresh(segment=segment)
    return segment, _("%(entered)d entered, %(left)d left.") % {"entered": entered, "left": left}


def _roll_back(request: HttpRequest, segment: Segment) -> tuple[Segment, str]:
    number = _whole(request.POST.get("number", ""))
    user = request.user
    roll_back(
        segment=segment,
        number=number,
        user=user if isinstance(user, User) else None,
        may=lambda field: user.has_perm(field.permission),
    )
    return segment, _("The rule is that of version %d again.") % number


def _look_alikes(request: HttpRequest, segment: Segment) -> tuple[Segment, str]:
    name = request.POST.get("name", "") or _("Like %s") % in_words(segment.name)
    user = request.user if isinstance(request.user, User) else None
    made = request_look_alikes(
        segment=segment, size=_whole(request.POST.get("size", "")), name=name, user=user
    )
    if queue_after_commit("membership.tasks.fill_look_alikes", made.pk):
        return made, _("A worker is looking for them; this page shows them in a moment.")
    return made, _("The search starts when the queue is available again.")


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


ACTIONS: Mapping[str, tuple[str, Any]] = {
    "refresh": ("membership.change_segment", _refresh),
    "roll_back": ("membership.change_segment", _roll_back),
    "look_alikes": ("membership.add_segment", _look_alikes),
}


# --- what the page shows -----------------------------------------------------------------------------------


def _rule_lines(segment: Segment) -> list[str]:
    from membership.rules.language import parse

    text = rule_text(segment)
    return laid_out(parse(text)) if text else []


def _size_chart(segment: Segment) -> str:
    """Chart.js data: the size at the end of each day, and how many entered and left."""
    days = history(segment=segment)
    return json.dumps(
        {
            "labels": [date_format(day.day, "MONTH_DAY_FORMAT") for day in days],
            "datasets": [
                {
                    "type": "line",
                    "label": _("Members"),
                    "data": [day.size for day in days],
                    "borderColor": "var(--color-primary-600)",
                    "pointRadius": 0,
                    "tension": 0.2,
                },
                {
                    "label": _("Entered"),
                    "data": [day.entered for day in days],
                    "backgroundColor": "#16a34a",
                },
                {"label": _("Left"), "data": [-day.left for day in days], "backgroundColor": "#dc2626"},
            ],
        }
    )


CHART_OPTIONS = json.dumps(
    {
        "responsive": True,
        "maintainAspectRatio": False,
        "animation": False,
        "plugins": {"legend": {"display": True, "position": "bottom", "labels": {"boxWidth": 12}}},
        "scales": {
            "x": {
                "stacked": True,
                "grid": {"display": False},
                "ticks": {"maxTicksLimit": 8, "maxRotation": 0},
            },
            "y": {"display": True, "ticks": {"display": True, "precision": 0, "maxTicksLimit": 6}},
        },
    }
)


def _examples(segment: Segment) -> list[SegmentMembership]:
    stays = SegmentMembership.objects.current().filter(segment=segment).select_related("member")
    return list(stays.order_by("-entered_at", "-pk")[:EXAMPLES])


def _overlaps(segment: Segment) -> list[JsonObject]:
    """With the largest other segments, those that share most first."""
    others = Segment.objects.exclude(pk=segment.pk).filter(member_count__gt=0).order_by("-member_count", "pk")
    chosen = [segment, *others[:COMPARED]]
    if len(chosen) < 2 or not segment.member_count:
        return []
    shared = overlap(segments=chosen)
    own = max(shared.sizes[0], 1)
    mine = [pair for pair in shared.pairs if pair.first.pk == segment.pk and pair.both]
    return [
        {"segment": pair.second, "both": pair.both, "share": pair.both / own}
        for pair in sorted(mine, key=lambda pair: -pair.both)
    ]


def _model_facts(segment: Segment) -> JsonObject | None:
    """What the model says of a segment it made: a cluster's traits, how good look-alikes are."""
    version = segment.versions.order_by("-number").first() if segment.kind == Segment.Kind.MODEL else None
    if version is None:
        return None
    rule = version.rule
    if rule.get("model") == "clusters":
        titles = _figure_titles()
        traits = [
            {**trait, "title": titles.get(trait["figure"], trait["figure"]),
             "word": in_words(word_of(trait["figure"], trait["effect"]))}
            for trait in rule.get("traits", [])[:TRAITS]
        ]  # fmt: skip
        return {"kind": "clusters", "traits": traits, "version": rule.get("version")}
    if rule.get("model") == "look_alikes":
        of = Segment.objects.filter(key=rule["of"]).first()
        titles = {
            "figures": _("figures"),
            "vectors": _("taste (recommender)"),
            "together": _("both together"),
        }
        auc = [
            {"title": titles.get(name, name), "value": value, "is_chosen": name == rule.get("chosen")}
            for name, value in rule.get("auc", {}).items()
        ]
        return {"kind": "look_alikes", "of": of, "auc": auc, "learnt_from": rule.get("learnt_from")}
    return None


def _figure_titles() -> dict[str, str]:
    return {
        "recency_days": _("days since the last order"),
        "orders_365d": _("orders a year"),
        "spend_365d": _("spend a year"),
        "basket": _("spend an order"),
        "gap_days": _("median days between orders"),
        "known_days": _("days since the first order"),
        "recent_share": _("share of the year's orders in 90 days"),
    }


def _demand(request: HttpRequest, *permissions: str) -> None:
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def _page(
    request: HttpRequest, template: str, context: JsonMapping, *, original: Segment | None = None
) -> HttpResponse:
    request.current_app = admin.site.name  # Unfold's header asks for it
    shared = {**admin.site.each_context(request), "opts": Segment._meta, "original": original}
    return TemplateResponse(request, template, {**shared, **context})
