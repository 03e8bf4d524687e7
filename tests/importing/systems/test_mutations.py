"""Damaged files: each is read, or refused in one line; no order is ever stored in part.

``python -m benchmarks.importing.mutations`` tries 10,000 of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.importing.mutations import damaged_files, run
from importing.errors import BadFile
from importing.running import run_import

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_damaged_files_are_read_or_refused(tmp_path: Path, seed: int):
    _outcomes, faults = run(n=25, seed=seed, folder=tmp_path)
    assert faults == []


def test_the_same_seed_gives_the_same_files():
    assert list(damaged_files(n=5, seed=3)) == list(damaged_files(n=5, seed=3))


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"PK\x03\x04broken", b"\x1f\x8bbroken", b"PAR1", b"{", b"[1]", b"\xff\xfe"]
)
def test_the_beginning_of_a_format_alone_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "export"
    path.write_bytes(data)
    with pytest.raises(BadFile) as caught:
        run_import(kind="orders", path=path)
    assert "\n" not in str(caught.value)
