"""Serializers of members and of what belongs to them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from learning.json_types import JsonObject
from membership.access.fields import MESSAGES, Cleaned, Moment, PastDay
from membership.cleaning.values import (
    Unclean,
    clean_country,
    clean_email,
    clean_key,
    clean_language,
    clean_member_no,
    clean_phone,
)
from membership.members.timeline import KINDS
from membership.models import Consent, Member, SegmentMembership
from membership.models.members import Tier
from membership.models.shop import the_shop

MAX_TAGS = 20


class MemberChanges(serializers.Serializer[Member]):
    """What may be changed of a member."""

    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    email = Cleaned(clean_email, max_length=254, required=False, allow_blank=True, allow_null=True)
    phone = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text=gettext_lazy("E.164, or as dialled in the member's country."),
    )
    birth_date = PastDay(required=False, allow_null=True)
    country = Cleaned(clean_country, max_length=60, required=False, allow_blank=True)
    language = Cleaned(clean_language, max_length=40, required=False, allow_blank=True)
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)
    status = serializers.ChoiceField(
        choices=[("active", gettext_lazy("Active")), ("frozen", gettext_lazy("Frozen"))], required=False
    )
    tags = serializers.ListField(
        child=Cleaned(partial(clean_key, max_length=60), max_length=60), max_length=MAX_TAGS, required=False
    )

    def validate(self, attrs: JsonObject) -> JsonObject:
        if attrs.get("phone"):
            country = attrs.get("country") or (self.instance.country if self.instance else "")
            try:
                attrs["phone"] = clean_phone(attrs["phone"], region=country or the_shop().country)
            except Unclean as error:
                raise serializers.ValidationError(
                    {"phone": MESSAGES.get(error.code, _("This value cannot be used."))}
                ) from None
        return attrs


class MemberInput(MemberChanges):
    member_no = Cleaned(partial(clean_member_no, max_length=120), max_length=120)
    joined_at = Moment(required=False)
    status = None  # type: ignore[assignment]  # a new member is active

    def validate_member_no(self, value: str) -> str:
        if not value:
            raise serializers.ValidationError(_("A member needs a number."))
        return value


class OwnMemberOutput(serializers.ModelSerializer[Member]):
    """A member as they may see themselves."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Member
        fields: tuple[str, ...] = (
            "id", "member_no", "name", "email", "phone", "birth_date", "country", "language", "joined_at",
            "tier", "status",
        )  # fmt: skip


class MemberOutput(OwnMemberOutput):
    """With what the shop notes about them."""

    tags: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="name", many=True, read_only=True
    )

    class Meta(OwnMemberOutput.Meta):
        fields = (*OwnMemberOutput.Meta.fields, "tags", "created_at", "updated_at")


class ConsentInput(serializers.Serializer[object]):
    purpose = serializers.ChoiceField(choices=Consent.Purpose.choices)
    channel = serializers.ChoiceField(choices=Consent.Channel.choices)
    granted = serializers.BooleanField()
    occurred_at = Moment(required=False)


class ConsentOutput(serializers.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        fields = ("purpose", "channel", "granted", "source", "occurred_at")


class StayOutput(serializers.ModelSerializer[SegmentMembership]):
    """One stay of a member in a segment."""

    id = serializers.UUIDField(source="segment.public_id")
    key = serializers.CharField(source="segment.key")
    name = serializers.CharField(source="segment.name")
    kind = serializers.CharField(source="segment.kind")

    class Meta:
        model = SegmentMembership
        fields = ("id", "key", "name", "kind", "source", "entered_at", "exited_at")


class EntryOutput(serializers.Serializer[object]):
    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    at = serializers.DateTimeField()
    details = serializers.DictField(help_text=gettext_lazy("Depends on the kind."))


class TimelinePage(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EntryOutput(many=True)
