"""The page about one member: a plain sentence, then the panels that the apps have registered."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from membership.members.summary import describe_member, order_history
from membership.models import Member
from membership.panels import Panel, panels


@require_safe
def member_page(request: HttpRequest, member_id: int) -> HttpResponse:
    if not request.user.has_perm("membership.view_member"):
        raise PermissionDenied
    member = get_object_or_404(Member.objects.select_related("merged_into"), pk=member_id)
    is_open = member.status in (Member.Status.ACTIVE, Member.Status.FROZEN)
    visible = [panel for panel in panels() if request.user.has_perm(panel.permission)]
    shared = {
        "member": member,
        "is_open": is_open,
        "may_change": is_open and request.user.has_perm("membership.change_member"),
        "act_url": reverse("admin:membership_member_act", args=(member.pk,)),
    }
    boxes = [(panel, _draw(panel, member, shared, request)) for panel in visible]
    context = {
        **admin.site.each_context(request),
        **shared,
        "opts": Member._meta,
        "original": member,
        "title": str(member),
        "sentence": _sentence(member, visible) if is_open else "",
        "main_boxes": [(panel, html) for panel, html in boxes if not panel.side],
        "side_boxes": [(panel, html) for panel, html in boxes if panel.side],
    }
    request.current_app = admin.site.name  # Unfold's header asks for it
    return TemplateResponse(request, "config/member.html", context)


def _sentence(member: Member, visible: list[Panel]) -> str:
    clauses = [panel.sentence(member) for panel in visible if panel.sentence is not None]
    return describe_member(member=member, history=order_history(member=member), clauses=clauses)


def _draw(panel: Panel, member: Member, shared: dict[str, object], request: HttpRequest) -> SafeString:
    html = render_to_string(panel.template, {**shared, **panel.context(member)}, request=request)
    return mark_safe(html)  # noqa: S308  # a rendered template, escaped by Django
