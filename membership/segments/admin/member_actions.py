"""What staff do on a member's page about segments: put the member in, take the member out."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from membership.members.actions import MemberAction, register_member_action
from membership.models import Member, Segment
from membership.segments.members import change_members


def register_segment_actions() -> None:
    """Called once, when the app is ready."""
    register_member_action(MemberAction("enter", _enter_segment, "membership.change_segment"))
    register_member_action(MemberAction("leave", _leave_segment, "membership.change_segment"))


def _enter_segment(member: Member, request: HttpRequest) -> str:
    segment = _segment(request)
    entered, _left = change_members(segment=segment, add=[member.member_no], remove=[])
    return _("%(member)s is now in %(segment)s.") % _pair(member, segment) if entered else ""


def _leave_segment(member: Member, request: HttpRequest) -> str:
    segment = _segment(request)
    _entered, left = change_members(segment=segment, add=[], remove=[member.member_no])
    return _("%(member)s is no longer in %(segment)s.") % _pair(member, segment) if left else ""


def _segment(request: HttpRequest) -> Segment:
    given = request.POST.get("segment", "")
    return get_object_or_404(Segment, pk=int(given) if given.isdecimal() else 0)


def _pair(member: Member, segment: Segment) -> dict[str, object]:
    return {"member": member, "segment": segment}
