"""Callers of the API for tests: a server with a key, staff with permissions, a member, nobody."""

from __future__ import annotations

import itertools

from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import RefreshToken

from membership.models import Member
from tests.factories import ApiKeyFactory, StaffFactory, UserFactory

_numbers = itertools.count()


def nobody() -> APIClient:
    return APIClient()


def key_client(*scopes: str) -> APIClient:
    """A server whose API key holds ``scopes``."""
    secret = f"reg_client{next(_numbers)}"
    ApiKeyFactory(key=secret, scopes=list(scopes))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    return client


def staff_client(*permissions: str) -> APIClient:
    """A staff user's token; ``permissions`` such as ``membership.view_member``."""
    user = StaffFactory()
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return bearer(user)


def member_client(member: Member) -> APIClient:
    """The token of ``member``'s own login."""
    if member.user is None:
        member.user = UserFactory()
        member.save(update_fields=("user",))
    return bearer(member.user)


def bearer(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {RefreshToken.for_user(user).access_token}")
    return client
