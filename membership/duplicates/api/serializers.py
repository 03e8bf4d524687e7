"""Pairs of members who may be one person, as the API shows them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from membership.duplicates.reasons import said
from membership.models import DuplicateCandidate, Member


class PairedMember(serializers.ModelSerializer[Member]):
    """What the two are compared by."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Member
        fields = ("id", "member_no", "name", "email", "phone", "birth_date", "country", "joined_at", "status")


class WeightedReason(serializers.Serializer[object]):
    code = serializers.CharField()
    text = serializers.CharField()
    weight = serializers.FloatField(
        help_text=gettext_lazy("In bits: 3 makes it eight times as likely, -3 eight times less.")
    )


class CandidateOutput(serializers.ModelSerializer[DuplicateCandidate]):
    """Two members who may be one person, and why."""

    id = serializers.UUIDField(source="public_id")
    members = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = DuplicateCandidate
        fields = ("id", "members", "probability", "reasons", "state", "found_at", "decided_at", "decided_by")

    @extend_schema_field(PairedMember(many=True))
    def get_members(self, pair: DuplicateCandidate) -> Any:
        return PairedMember([pair.low, pair.high], many=True).data

    @extend_schema_field(WeightedReason(many=True))
    def get_reasons(self, pair: DuplicateCandidate) -> Any:
        return WeightedReason(said(pair.reasons), many=True).data
