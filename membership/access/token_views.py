"""JSON web tokens for staff and members."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractBaseUser, User
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import RefreshToken

from membership.access.authentication import BearerAuthentication, refuse_one_time_password
from membership.access.throttles import TokenThrottle
from membership.access.token_serializers import AccessToken, Credentials, RefreshGiven, TokenPair
from membership.models import Member


class LockedOut(Throttled):
    default_code = "locked_out"
    extra_detail_singular = extra_detail_plural = ""


class PublicView(APIView):
    """Open to everybody; a stale token in the header must not be in the way."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (TokenThrottle,)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'  # wrong credentials are 401, which must name a scheme


class TokenView(PublicView):
    @extend_schema(
        operation_id="auth_token", request=Credentials, responses=TokenPair, auth=[], tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        """Exchange a user name and password for an access and a refresh token."""
        given = Credentials(data=request.data)
        given.is_valid(raise_exception=True)
        # the DRF request, not Django's: axes then marks this one, and leaves the answer to us
        user = authenticate(request=request, **given.validated_data)
        if getattr(request, "axes_locked_out", False):
            wait = settings.AXES_COOLOFF_TIME.total_seconds()
            raise LockedOut(wait=wait, detail=_("Too many failed logins; this account is locked for now."))
        if not isinstance(user, User):
            raise AuthenticationFailed(_("User name or password is wrong."))
        _check_may_hold_token(user)
        token = RefreshToken.for_user(user)
        return Response({"access": str(token.access_token), "refresh": str(token)})


class TokenRefreshView(PublicView):
    @extend_schema(
        operation_id="auth_token_refresh",
        request=RefreshGiven,
        responses=AccessToken,
        auth=[],
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        """A new access token for a refresh token; refused once the password has changed."""
        given = RefreshGiven(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            token = RefreshToken(given.validated_data["refresh"])
        except TokenError as error:
            raise AuthenticationFailed(_("This token is not valid, or has expired.")) from error
        user = BearerAuthentication().get_user(token)
        _check_may_hold_token(user)
        return Response({"access": str(token.access_token)})


def _check_may_hold_token(user: AbstractBaseUser) -> None:
    refuse_one_time_password(user)
    is_staff = isinstance(user, User) and user.is_staff
    if not is_staff and not Member.objects.reachable().filter(user_id=user.pk).exists():
        raise PermissionDenied(_("This account belongs neither to staff nor to a member."))
