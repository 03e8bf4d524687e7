"""Query filters that accept only values which both databases can store."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField


class MomentField(IsoDateTimeField):
    """An ISO 8601 moment, in UTC: PostgreSQL reads no offset of 16 hours or more."""

    def clean(self, value: object) -> datetime | None:
        moment: datetime | None = super().clean(value)
        try:
            return moment.astimezone(UTC) if moment is not None else None
        except OverflowError:
            raise ValidationError(_("This is not a valid date or time.")) from None


class MomentFilter(filters.IsoDateTimeFilter):
    field_class = MomentField
