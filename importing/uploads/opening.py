"""Files opened to look at: their headings, some examples."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from importing.files.filters import plain_cells
from importing.files.opened import OneFile, Opened
from importing.files.sources import REJECTS_HEADING, open_sources
from importing.uploads.heads import head_of

if TYPE_CHECKING:
    import pyarrow as pa

EXAMPLES, EXAMPLE_ROWS, EXAMPLE_LENGTH = 3, 500, 80


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(settings.IMPORT_DIR) / "work"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        yield Path(work)


def read_headings(path: Path) -> list[str]:
    """The headings of one file. Raises BadFile."""
    with work_folder() as work:
        head = head_of(path, work=subfolder(work, "head"))
        return [name for file in _open(head.path, work=work, encoding=None) for name in _own_headings(file)]


def read_examples(paths: Sequence[Path], *, work: Path, encoding: str | None) -> dict[str, list[str]]:
    """Heading -> some of its values, of all files. Raises BadFile."""
    examples: dict[str, list[str]] = {}
    for at, path in enumerate(paths):
        for file in _open(path, work=subfolder(work, f"file{at}"), encoding=encoding):
            headings = _own_headings(file)
            counts = Counter(headings)
            once = [name for name in headings if counts[name] == 1]
            for table, _numbers, _malformed in islice(file.batches(once), 1):
                some = table.slice(0, EXAMPLE_ROWS)
                some = plain_cells(some) if len(headings) < len(file.headings) else some
                for name in once:
                    examples.setdefault(name, _distinct(some.column(name)))
            for name in headings:
                examples.setdefault(name, [])
    return examples


def subfolder(work: Path, name: str) -> Path:
    (work / name).mkdir()
    return work / name


def _open(path: Path, *, work: Path, encoding: str | None) -> list[Opened]:
    """The file, or each file of a package."""
    return [OneFile(source, kind="") for source in open_sources(path, work=work, encoding=encoding)]


def _own_headings(file: Opened) -> list[str]:
    """Without those that a rejects file puts before them."""
    is_rejects = file.headings[: len(REJECTS_HEADING)] == REJECTS_HEADING
    return list(file.headings[len(REJECTS_HEADING) :] if is_rejects else file.headings)


def _distinct(column: pa.ChunkedArray) -> list[str]:
    texts = (str(value).strip()[:EXAMPLE_LENGTH] for value in column.to_pylist() if value is not None)
    return list(islice(dict.fromkeys(text for text in texts if text), EXAMPLES))
