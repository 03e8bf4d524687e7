"""Uploads, what files are read as, and imports, as they come in and go out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from importing.summary import as_json
from importing.uploads.reading_options import ReadingOptions
from importing.uploads.starting import Group
from learning.json_types import JsonMapping, JsonObject
from membership.models import ImportReport, SavedMapping, Upload

MOST_FILES, MOST_PAIRS = 10, 2_000


class UploadInput(serializers.Serializer[object]):
    name = serializers.CharField(max_length=255)
    size = serializers.IntegerField(min_value=0, max_value=2**53)
    modified_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text=_("When the file was last changed: tells the same file.")
    )


class UploadOutput(serializers.ModelSerializer[Upload]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Upload
        fields = ("id", "name", "size", "modified_at", "received", "state", "sha256", "expires_at")


class PairInput(serializers.Serializer[object]):
    theirs = serializers.CharField(max_length=1_000)
    ours = serializers.CharField(max_length=60, help_text=_("A column of ours; - for none."))


class ValueInput(serializers.Serializer[object]):
    field = serializers.CharField(max_length=60)
    theirs = serializers.CharField(max_length=200)
    ours = serializers.CharField(max_length=60)


class ReadingInput(serializers.Serializer[object]):
    """How files are to be read; what is left out is told from them, or as saved for their headings."""

    kind = serializers.ChoiceField(choices=ImportReport.Kind.choices, required=False, default="")
    preset = serializers.CharField(max_length=40, required=False, allow_null=True, default=None)
    mapping = serializers.ListField(child=PairInput(), default=list, max_length=MOST_PAIRS)
    values = serializers.ListField(child=ValueInput(), default=list, max_length=MOST_PAIRS)
    date_order = serializers.ChoiceField(
        choices=("dmy", "mdy", "ymd"), required=False, allow_null=True, default=None
    )
    encoding = serializers.CharField(max_length=40, required=False, allow_null=True, default=None)
    unknown = serializers.ChoiceField(
        choices=("create", "reject"), required=False, allow_null=True, default=None
    )
    changed = serializers.ChoiceField(choices=("update", "reject"), required=False, default="update")


class FilesInput(ReadingInput):
    uploads = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_FILES,
        help_text=_("The files of one export; those with its order lines may stand anywhere."),
    )  # fmt: skip


class StartInput(FilesInput):
    dry_run = serializers.BooleanField(default=False, help_text=_("Check the whole file, keep nothing."))
    save_as = serializers.CharField(
        max_length=80, required=False, allow_blank=True, default="",
        help_text=_("Keep these choices under this name for files with the same headings."),
    )  # fmt: skip


class MappingInput(FilesInput):
    name = serializers.CharField(max_length=80)


def reading_options(given: JsonMapping) -> ReadingOptions:
    return ReadingOptions(
        kind=given["kind"],
        preset=given["preset"],
        mapping=tuple((pair["theirs"], pair["ours"]) for pair in given["mapping"]),
        values=tuple((value["field"], value["theirs"], value["ours"]) for value in given["values"]),
        date_order=given["date_order"],
        encoding=given["encoding"],
        unknown=given["unknown"],
        changed=given["changed"],
    )


def options_json(options: ReadingOptions) -> JsonObject:
    """As ``ReadingInput`` takes them."""
    return {
        "kind": options.kind,
        "preset": options.preset,
        "mapping": [{"theirs": theirs, "ours": ours} for theirs, ours in options.mapping],
        "values": [{"field": name, "theirs": theirs, "ours": ours} for name, theirs, ours in options.values],
        "date_order": options.date_order,
        "encoding": options.encoding,
        "unknown": options.unknown,
        "changed": options.changed,
    }


class GroupOutput(serializers.Serializer[Group]):
    """Files of one import, and what they look like."""

    uploads = UploadOutput(many=True)
    kind = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # the word of the API
    recognised = serializers.CharField(allow_blank=True)


class MappingOutput(serializers.ModelSerializer[SavedMapping]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = SavedMapping
        fields = ("id", "name", "kind", "headings", "options", "updated_at")


class ReportOutput(serializers.Serializer[ImportReport]):
    """One import: how far it is, and what it came to."""

    id = serializers.UUIDField(source="public_id")
    kind = serializers.CharField()
    file_name = serializers.CharField()
    dry_run = serializers.BooleanField()
    status = serializers.ChoiceField(choices=ImportReport.Status.choices)
    progress = serializers.FloatField()
    message = serializers.CharField()
    error = serializers.CharField(source="error_text")
    queued_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    report = serializers.SerializerMethodField()

    def get_report(self, report: ImportReport) -> JsonObject:
        left_out = ("rejects_file", "report")  # a path and an id of this machine
        return {name: value for name, value in as_json(report).items() if name not in left_out}
