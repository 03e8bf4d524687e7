"""Who is calling: a server by API key, a member or staff by JWT, staff in a browser by session."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken

from membership.access.keys import find_api_key
from membership.models import ApiKey, OneTimePassword


class KeyUser:
    """The user of a request with an API key: authenticated, without any permission of its own."""

    pk = None
    is_active = is_authenticated = True
    is_staff = is_superuser = is_anonymous = False

    def __init__(self, key: ApiKey) -> None:
        self.key = key

    def __str__(self) -> str:
        return str(self.key)


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Api-Key reg_...``"""

    keyword = "Api-Key"

    def authenticate(self, request: Request) -> tuple[KeyUser, ApiKey] | None:
        word, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != self.keyword.lower():
            return None
        key = find_api_key(secret=secret.strip())
        if key is None:
            raise AuthenticationFailed(_("This API key is unknown, expired or revoked."))
        return KeyUser(key), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api", Api-Key realm="api"'


class BearerAuthentication(JWTAuthentication):
    """``Authorization: Bearer ...``, a token from ``auth/token/``; void once the password has changed."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        try:
            return super().authenticate(request)
        except InvalidToken as error:
            raise AuthenticationFailed(_("This token is not valid, or has expired.")) from error


class StaffSessionAuthentication(SessionAuthentication):
    """The admin's session, for staff only; writing needs the CSRF token."""

    def authenticate(self, request: Request) -> tuple[object, None] | None:
        authenticated = super().authenticate(request)
        if authenticated is None or not authenticated[0].is_staff:
            return None
        refuse_one_time_password(authenticated[0])
        return authenticated


def refuse_one_time_password(user: AbstractBaseUser) -> None:
    """Raises PermissionDenied while ``user`` still has the password that was printed."""
    if OneTimePassword.objects.filter(user_id=user.pk).exists():
        raise PermissionDenied(
            _("Change the one-time password in the admin first."), code="one_time_password_pending"
        )
