"""Files that are sent while they are made."""

from __future__ import annotations

from django.http import StreamingHttpResponse

from membership.segments.exports import Export


def file_response(export: Export) -> StreamingHttpResponse:
    """The file as it is made, to be saved and not shown."""
    answer = StreamingHttpResponse(export.chunks, content_type=export.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{export.name}"'
    answer["Cache-Control"] = "no-store"
    return answer
