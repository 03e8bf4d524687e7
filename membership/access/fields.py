"""Serializer fields that clean input by the same rules as an import."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from membership.cleaning.times import EARLIEST
from membership.cleaning.values import Unclean

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of ours the caller's clock may be."""

MESSAGES: dict[str, _StrPromise] = {
    "not_an_email": gettext_lazy("This is not an e-mail address; an example is ann@example.com."),
    "not_a_phone": gettext_lazy("This is not a phone number; an example is +14155550123."),
    "not_a_country": gettext_lazy("This is not a country; use ISO 3166, such as US."),
    "not_a_currency": gettext_lazy("This is not a currency; use ISO 4217, such as USD."),
    "not_a_language": gettext_lazy("This is not a language tag; an example is zh-hans."),
    "not_an_ip": gettext_lazy("This is not an IP address; an example is 203.0.113.7."),
    "too_long": gettext_lazy("This is too long."),
}


class Cleaned(serializers.CharField):
    """Text that ``clean`` (of ``membership.cleaning.values``) accepts; "" where it finds no value."""

    def __init__(self, clean: Callable[[object], str | None], **options: Any) -> None:
        super().__init__(**options)
        self._clean = clean

    def to_internal_value(self, data: str) -> str:
        text = super().to_internal_value(data)
        try:
            return self._clean(text) or ""
        except Unclean as error:
            message = MESSAGES.get(error.code)
            raise serializers.ValidationError(message or _("This value cannot be used.")) from None


class UtcMoment(serializers.DateTimeField):
    """A moment in UTC; without an offset it is read by the shop's clock."""

    def to_internal_value(self, value: str | datetime) -> datetime:
        try:
            moment: datetime = super().to_internal_value(value)
            return moment.astimezone(UTC)  # offsets beyond 16 hours are more than PostgreSQL reads
        except OverflowError:
            raise serializers.ValidationError(_("This is not a valid date or time.")) from None


class Moment(UtcMoment):
    """From 1900 to now."""

    def to_internal_value(self, value: str | datetime) -> datetime:
        moment = super().to_internal_value(value)
        if moment < EARLIEST:
            raise serializers.ValidationError(_("This is before 1900."))
        if moment > timezone.now() + CLOCK_TOLERANCE:
            raise serializers.ValidationError(_("This lies in the future."))
        return moment


class LaterMoment(UtcMoment):
    """A moment still to come, at most a hundred years ahead."""

    def to_internal_value(self, value: str | datetime) -> datetime:
        moment = super().to_internal_value(value)
        now = timezone.now()
        if not now < moment < now + timedelta(days=36_525):
            raise serializers.ValidationError(_("This must lie in the future, within a hundred years."))
        return moment


class PastDay(serializers.DateField):
    """A calendar day from 1900 to today in the shop's zone."""

    def to_internal_value(self, value: str | date) -> date:
        day: date = super().to_internal_value(value)
        if not EARLIEST.date() <= day <= timezone.localdate():
            raise serializers.ValidationError(_("This must lie between 1900 and today."))
        return day
