"""Answers that a browser saves as a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse
from django.utils import timezone

from membership.csv_cells import safe_cell


class _Echo:
    """A file object whose ``write`` returns its argument."""

    def write(self, text: str) -> str:
        return text


def csv_answer(
    *, name: str, heading: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """Streams ``rows``, however many; cells that look like formulas are escaped."""

    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield "\ufeff" + writer.writerow(heading)  # spreadsheets take the mark for "this is UTF-8"
        for row in rows:
            yield writer.writerow([safe_cell(value) for value in row])

    file_name = f"{name}-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
