"""Uploads, what files are read as, and imports, as they come in and go out."""

from __future__ import annotations

from rest_framework import serializers

from membership.models import Upload


class UploadInput(serializers.Serializer[object]):
    name = serializers.CharField(max_length=255)
    size = serializers.IntegerField(min_value=0, max_value=2**53)
    modified_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When the file was last changed: tells the same file."
    )


class UploadOutput(serializers.ModelSerializer[Upload]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Upload
        fields = ("id", "name", "size", "modified_at", "received", "state", "sha256", "expires_at")
