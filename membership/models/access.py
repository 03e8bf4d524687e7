"""API keys, stored answers to repeated requests, and one-time passwords."""

from __future__ import annotations

import hashlib
import secrets
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> Self:
        """Keys that are neither revoked nor expired now."""
        now = timezone.now()
        return self.filter(revoked_at=None).filter(models.Q(expires_at=None) | models.Q(expires_at__gt=now))


class ApiKey(models.Model):
    """A server's key to the API. Only its sha256 is kept; the key itself is shown once."""

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("begins with"), max_length=12)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("API key"), _("API keys")
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def hash_of(key: str) -> str:
        """Keys are 256 random bits, so a plain hash is enough: they cannot be guessed."""
        return hashlib.sha256(key.encode()).hexdigest()

    @staticmethod
    def fresh_key() -> str:
        """A new random key: 256 bits behind ``reg_``."""
        return f"reg_{secrets.token_urlsafe(32)}"


class IdempotencyKey(models.Model):
    """One answered request: the same key with the same content gets the same answer again."""

    owner = models.CharField(_("owner"), max_length=80)
    key = models.CharField(_("key"), max_length=120)
    route = models.CharField(_("route"), max_length=120)
    request_hash = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    response = models.JSONField(null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("idempotency key"), _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=("owner", "key"), name="idempotency_key_once")]
        indexes = [models.Index(fields=("created_at",), name="idempotency_key_age")]

    def __str__(self) -> str:
        return self.key


class OneTimePassword(models.Model):
    """The user's password is the one that was printed; it must be changed at the first login."""

    user = models.OneToOneField(
        "auth.User", models.CASCADE, primary_key=True, related_name="one_time_password"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("one-time password"), _("one-time passwords")

    def __str__(self) -> str:
        return str(self.user_id)
