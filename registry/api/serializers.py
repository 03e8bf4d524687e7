"""Model versions and training runs as they go out, and the request for a run."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from registry.families import families
from registry.models import ModelVersion, TrainingRun


class ModelVersionOutput(serializers.ModelSerializer[ModelVersion]):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField(source="__str__")
    parameters = serializers.DictField()
    metrics = serializers.DictField()
    rejection_reason = serializers.CharField(source="rejection_text")

    class Meta:
        model = ModelVersion
        fields = (
            "id", "name", "family", "number", "estimator", "status", "parameters", "metrics", "data_from",
            "data_until", "rejection_reason", "created_at", "promoted_at", "retired_at",
        )  # fmt: skip


class RunInput(serializers.Serializer[Any]):
    family = serializers.CharField(max_length=40)

    def validate_family(self, value: str) -> str:
        known = [family.name for family in families()]
        if value not in known:
            message = _("There is no model family %(family)s; known: %(known)s.")
            raise serializers.ValidationError(message % {"family": value, "known": ", ".join(known)})
        return value


class RunOutput(serializers.ModelSerializer[TrainingRun]):
    id = serializers.UUIDField(source="public_id")
    version = serializers.UUIDField(source="version.public_id", default=None, allow_null=True)
    message = serializers.CharField(
        source="step_text", help_text="The current step, in the language of the request."
    )
    error = serializers.CharField(
        source="error_text", help_text="Why the run failed, in the language of the request; else empty."
    )
    phases = serializers.DictField(help_text="Seconds by phase.")

    class Meta:
        model = TrainingRun
        fields = (
            "id", "family", "status", "progress", "message", "error", "attempts", "phases", "version",
            "queued_at", "started_at", "finished_at",
        )  # fmt: skip
