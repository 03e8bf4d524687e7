"""What the token routes take and give."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class Credentials(serializers.Serializer[object]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=512, trim_whitespace=False)


class RefreshGiven(serializers.Serializer[object]):
    refresh = serializers.CharField(max_length=4096)


class AccessToken(serializers.Serializer[object]):
    access = serializers.CharField(help_text=_("Send it as Authorization: Bearer …"))


class TokenPair(AccessToken):
    refresh = serializers.CharField(help_text=_("Gets a new access token at auth/token/refresh/"))
