"""Callers of the API for tests: a server with a key, staff with permissions, a member, nobody."""

from __future__ import annotations

import itertools
from typing import Any

from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import RefreshToken

from membership.models import Member
from tests.factories import ApiKeyFactory, StaffFactory, UserFactory

_numbers = itertools.count()


class JsonClient(APIClient):
    """Posts JSON unless told; ``client.post(url, {...})``."""

    def post(self, path: str, data: Any = None, **extra: Any) -> Any:
        return super().post(path, data, **{"format": "json", **extra})

    def patch(self, path: str, data: Any = None, **extra: Any) -> Any:
        return super().patch(path, data, **{"format": "json", **extra})


def nobody(**options: Any) -> JsonClient:
    return JsonClient(**options)


def key_client(*scopes: str, **options: Any) -> JsonClient:
    """A server whose API key holds ``scopes``."""
    secret = f"reg_client{next(_numbers)}"
    ApiKeyFactory(key=secret, scopes=list(scopes))
    client = JsonClient(**options)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    return client


def staff_client(*permissions: str, **options: Any) -> JsonClient:
    """A staff user's token; ``permissions`` such as ``membership.view_member``."""
    user = StaffFactory()
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return bearer(user, **options)


def member_client(member: Member, **options: Any) -> JsonClient:
    """The token of ``member``'s own login."""
    if member.user is None:
        member.user = UserFactory()
        member.save(update_fields=("user",))
    return bearer(member.user, **options)


def bearer(user: User, **options: Any) -> JsonClient:
    client = JsonClient(**options)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {RefreshToken.for_user(user).access_token}")
    return client
