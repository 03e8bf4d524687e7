"""What a preview says of files."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from rest_framework import serializers

from importing.api.serializers import ReadingInput, options_json
from importing.presets.loading import GENERIC, all_presets
from importing.previews.labels import label
from importing.previews.previewing import Preview, fields_of_kind
from learning.json_types import JsonObject
from membership.models import ImportReport
from membership.wording import in_words


class NamedOutput(serializers.Serializer[object]):
    name = serializers.CharField(allow_blank=True)
    label = serializers.CharField()  # type: ignore[assignment]  # the word of the API


class ColumnOutput(serializers.Serializer[object]):
    heading = serializers.CharField()
    examples = serializers.ListField(child=serializers.CharField())
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # the word of the API


class CellOutput(serializers.Serializer[object]):
    read = serializers.CharField(allow_blank=True)
    written = serializers.CharField(allow_blank=True)


class RowOutput(serializers.Serializer[object]):
    number = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=("taken", "rejected", "left_out"))
    reasons = serializers.ListField(child=serializers.CharField())
    cells = serializers.DictField(child=CellOutput())


class WordOutput(serializers.Serializer[object]):
    theirs = serializers.CharField()
    ours = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()


class WordsOutput(serializers.Serializer[object]):
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the word of the API
    words = WordOutput(many=True)
    choices = NamedOutput(many=True)


class SavedOutput(serializers.Serializer[object]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ImportPreviewOutput(serializers.Serializer[object]):
    """The first rows as they will be understood. ``problem`` says why the files cannot be imported so."""

    kind = serializers.CharField(allow_blank=True)
    recognised = serializers.CharField(allow_blank=True)
    encoding = serializers.CharField(allow_blank=True)
    is_whole = serializers.BooleanField()
    problem = serializers.CharField(allow_blank=True)
    missing = serializers.ListField(child=serializers.CharField())
    columns = ColumnOutput(many=True)
    shown = NamedOutput(many=True)
    rows = RowOutput(many=True)
    words = WordsOutput(many=True)
    unclear_days = serializers.BooleanField()
    saved = SavedOutput(allow_null=True)
    options = ReadingInput()
    choices = NamedOutput(many=True)
    kinds = NamedOutput(many=True)
    presets = NamedOutput(many=True)


def preview_json(result: Preview, *, now: datetime) -> JsonObject:
    saved = result.saved
    return {
        "kind": result.kind,
        "recognised": in_words(result.recognised),
        "encoding": result.encoding,
        "is_whole": result.is_whole,
        "problem": result.problem,
        "missing": result.missing,
        "columns": [asdict(column) for column in result.columns],
        "shown": [_named(name) for name in result.shown],
        "rows": [asdict(row) for row in result.rows],
        "words": [
            {
                "field": table.field,
                "label": label(table.field),
                "words": [asdict(word) for word in table.words],
                "choices": [{"name": name, "label": text} for name, text in table.choices],
            }
            for table in result.words
        ],
        "unclear_days": result.unclear_days,
        "saved": {"id": saved.public_id, "name": saved.name} if saved else None,
        "options": options_json(result.options),
        "choices": [_named(name) for name in fields_of_kind(result.kind, now=now)] if result.kind else [],
        "kinds": [{"name": name, "label": str(text)} for name, text in ImportReport.Kind.choices],
        "presets": [
            {"name": system, "label": in_words(kinds[result.kind].title)}
            for system, kinds in all_presets().items()
            if result.kind in kinds and system != GENERIC
        ],
    }


def _named(name: str) -> dict[str, str]:
    return {"name": name, "label": label(name)}
