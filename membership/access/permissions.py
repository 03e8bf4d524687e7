"""Who may call a view. Every view of every app says so in class attributes; what it does not say is refused.

```
class AlertList(ListAPIView):
    required_scopes = {"GET": "fraud:read"}                         # API keys: one scope a method
    required_permissions = {"GET": "fraud.view_fraudalert"}         # staff: a Django permission, or a tuple
    member_methods = frozenset()                                    # methods open to a member's own token
```

HEAD counts as GET. Scopes are listed in ``membership.access.keys.SCOPES``. A member's token reaches only
what ``member_methods`` names, and there the view must keep to that member: ``get_member`` answers 404 for
everybody else, ``visible_members`` filters, ``own_member`` is None for staff and keys. A method that the view
does not have is 405, no credentials 401, too few rights 403.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from membership.models import ApiKey, Member

if TYPE_CHECKING:
    from rest_framework.views import APIView  # imports this module, through the settings


class Caller(Enum):
    """What kind of caller a request comes from."""

    KEY = "key"
    STAFF = "staff"
    MEMBER = "member"
    NOBODY = "nobody"


class StaffOrScope(BasePermission):
    """The rule of this module; the default of every view."""

    message = ""

    def has_permission(self, request: Request, view: APIView) -> bool:
        kind = caller_kind(request)
        if not request.user or not request.user.is_authenticated:
            return False
        if not hasattr(view, (request.method or "").lower()):
            raise MethodNotAllowed(request.method or "")
        method = "GET" if request.method == "HEAD" else str(request.method)
        if kind is Caller.KEY:
            return self._key_may(request.auth, getattr(view, "required_scopes", {}).get(method))
        if kind is Caller.STAFF:
            return self._staff_may(request.user, getattr(view, "required_permissions", {}).get(method))
        self.message = _("This account may not do that.")
        return kind is Caller.MEMBER and method in getattr(view, "member_methods", ())

    def _key_may(self, key: Any, scope: str | None) -> bool:
        if scope is None:
            self.message = _("API keys may not do that.")
            return False
        self.message = _("This API key lacks the scope %s.") % scope
        return scope in key.scopes

    def _staff_may(self, user: Any, needed: str | tuple[str, ...] | None) -> bool:
        if needed is None:
            self.message = _("Staff may not do that here.")
            return False
        wanted = (needed,) if isinstance(needed, str) else needed
        self.message = _("You lack the permission %s.") % ", ".join(wanted)
        return bool(user.has_perms(wanted))


def caller_kind(request: Request) -> Caller:
    """A staff user who is also a member counts as staff; a frozen member may still read their own data."""
    if isinstance(request.auth, ApiKey):
        return Caller.KEY
    user = request.user
    if not user or not user.is_authenticated:
        return Caller.NOBODY
    if user.is_staff:
        return Caller.STAFF
    return Caller.MEMBER if own_member(request) is not None else Caller.NOBODY


def own_member(request: Request) -> Member | None:
    """The member whose own token this is; None for staff and API keys. One query a request."""
    user = request.user
    if not isinstance(user, User) or user.is_staff:
        return None
    if not hasattr(request, "_own_member"):
        request._own_member = Member.objects.reachable().filter(user_id=user.pk).first()  # type: ignore[attr-defined]  # kept on the request
    return request._own_member  # type: ignore[attr-defined, no-any-return]  # kept on the request


def staff_user(request: Request) -> User | None:
    """The staff user who calls; None for API keys and members."""
    return request.user if isinstance(request.user, User) and request.user.is_staff else None


def caller_name(request: Request) -> str:
    """Who calls, for histories: a user's name, or ``key:`` and the name of an API key."""
    if isinstance(request.auth, ApiKey):
        return f"key:{request.auth.name}"
    return str(request.user.get_username())


def visible_members(request: Request) -> QuerySet[Member]:
    """The members this caller may know of: all that are neither merged nor erased, or only themselves."""
    members = Member.objects.reachable()
    if caller_kind(request) in (Caller.STAFF, Caller.KEY):
        return members
    own = own_member(request)
    return members.filter(pk=own.pk) if own is not None else members.none()


def get_member(request: Request, public_id: UUID) -> Member:
    """The member with this public id; one that was merged is the member it was merged into.

    Raises Http404 when there is none, or it is not the caller's to see.
    """
    visible = visible_members(request)
    member = visible.filter(public_id=public_id).first()
    if member is None:
        merged = Member.objects.filter(public_id=public_id, status=Member.Status.MERGED).first()
        target = merged.after_merges() if merged is not None else None
        member = visible.filter(pk=target.pk).first() if target is not None else None
    if member is None:
        raise Http404(_("There is no member %s.") % public_id)
    return member
