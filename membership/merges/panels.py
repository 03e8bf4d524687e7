"""Merges on a member's page: who was merged into it, whom to merge, and the undo."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from learning.json_types import JsonMapping
from membership.members.actions import MemberAction, register_member_action
from membership.merges.undoing import undo_merge
from membership.models import Member, Merge
from membership.panels import Panel, register_panel
from registry.queueing import queue_after_commit

SHOWN = 10
REFRESH = "membership.tasks.refresh_changed_members"


def merges(member: Member) -> JsonMapping:
    about = Merge.objects.filter(Q(kept=member) | Q(other=member)).select_related("kept", "other")
    now = timezone.now()
    rows = [
        {"merge": merge, "may_undo": merge.undone_at is None and now <= merge.undoable_until}
        for merge in about[:SHOWN]
    ]
    return {"merges": rows}


def register_merges() -> None:
    """Called once, when the app is ready."""
    register_panel(
        Panel(
            key="merges",
            title=gettext_lazy("Merged members"),
            template="membership/panels/merges.html",
            context=merges,
            permission="membership.view_merge",
            order=9,
            side=True,
        )
    )
    register_member_action(MemberAction("undo_merge", _undo, "membership.change_merge"))


def _undo(member: Member, request: HttpRequest) -> str:
    given = request.POST.get("merge", "")
    of_member = Merge.objects.filter(Q(kept=member) | Q(other=member)).select_related("kept", "other")
    merge = get_object_or_404(of_member, pk=int(given) if given.isdecimal() else 0)
    merge = undo_merge(merge=merge, who=request.user.get_username())
    queue_after_commit(REFRESH)
    return _("%(kept)s and %(other)s are two members again.") % {
        "kept": merge.kept.member_no, "other": merge.other.member_no,
    }  # fmt: skip
