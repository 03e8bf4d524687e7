"""Products, events and segments as they come in and go out."""

from __future__ import annotations

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from membership.models import Member, Segment, SegmentMembership
from membership.segments.by_rule import rule_texts

MAX_CHANGES = 10_000


class SegmentOutput(serializers.ModelSerializer[Segment]):
    id = serializers.UUIDField(source="public_id")
    text = serializers.SerializerMethodField(
        help_text=gettext_lazy("The rule that chooses the members; empty where none does.")
    )

    class Meta:
        model = Segment
        fields = (
            "id", "key", "name", "description", "kind", "text", "member_count", "refreshed_at", "created_at",
            "updated_at",
        )  # fmt: skip

    def get_text(self, segment: Segment) -> str:
        return self._texts[segment.pk]

    @cached_property
    def _texts(self) -> dict[int, str]:
        """Of all segments that are written out, so that names are looked up once."""
        shown = (
            self.parent.instance if isinstance(self.parent, serializers.ListSerializer) else [self.instance]
        )
        return rule_texts([segment for segment in shown or [] if segment is not None])


class RuleInput(serializers.Serializer[object]):
    """A rule as text or as its JSON form; text counts where both are given."""

    text = serializers.CharField(
        max_length=10_000, required=False, help_text=gettext_lazy("The rule, as tier = gold.")
    )
    rule = serializers.JSONField(required=False, help_text=gettext_lazy("The rule's JSON form."))


class SegmentChanges(RuleInput):
    name = serializers.CharField(max_length=80, required=False)
    description = serializers.CharField(max_length=2_000, required=False, allow_blank=True)


class SegmentInput(SegmentChanges):
    """With a text or a rule, the rule chooses the members; without one they are put in by hand."""

    name = serializers.CharField(max_length=80)
    key = serializers.SlugField(
        max_length=60, required=False, help_text=gettext_lazy("Made from the name, unless given.")
    )


class SegmentMemberOutput(serializers.ModelSerializer[SegmentMembership]):
    """One member in a segment, and since when."""

    id = serializers.UUIDField(source="member.public_id")
    member_no = serializers.CharField(source="member.member_no")
    name = serializers.CharField(source="member.name")
    tier = serializers.ChoiceField(source="member.tier", choices=Member._meta.get_field("tier").choices or ())

    class Meta:
        model = SegmentMembership
        fields = ("id", "member_no", "name", "tier", "source", "entered_at")


class MembersChange(serializers.Serializer[object]):
    add = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=MAX_CHANGES, required=False
    )
    remove = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=MAX_CHANGES, required=False
    )
    release = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=MAX_CHANGES,
        required=False,
        help_text=gettext_lazy(
            "In a segment kept by a rule: undo the choice by hand, so that the rule decides again."
        ),
    )


class MembersChanged(serializers.Serializer[object]):
    entered = serializers.IntegerField()
    left = serializers.IntegerField()
    member_count = serializers.IntegerField()
