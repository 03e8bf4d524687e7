"""Arrays are written as numpy writes them, and read by mapping the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.files.arrays import ALIGNMENT, map_arrays, save_arrays

SOME: dict[str, NDArray[Any]] = {
    "whole": np.arange(7, dtype=np.int64),
    "table": np.arange(6, dtype=np.float32).reshape(2, 3),
    "by column": np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3)),
    "words": np.array(["coffee", "狗粮"]),
    "flags": np.array([True, False]),
    "one": np.array(True),
    "none": np.zeros((0, 3), np.float32),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_arrays(tmp_path / "arrays.npz", SOME)
    return tmp_path / "arrays.npz"


def address(array: NDArray[np.generic]) -> int:
    return int(array.__array_interface__["data"][0])


@pytest.mark.parametrize("name", SOME)
def test_arrays_come_back_row_by_row_with_their_type_and_shape(file: Path, name: str) -> None:
    array = map_arrays(file)[name]
    np.testing.assert_array_equal(array, SOME[name])
    assert (array.dtype, array.shape, array.flags.c_contiguous) == (SOME[name].dtype, SOME[name].shape, True)


@pytest.mark.parametrize("name", SOME)
def test_nothing_is_copied_and_each_array_is_aligned(file: Path, name: str) -> None:
    array = map_arrays(file)[name]
    assert not array.flags.owndata
    assert array.size == 0 or address(array) % ALIGNMENT == 0


def test_numpy_reads_the_file_too(file: Path) -> None:
    with np.load(file, allow_pickle=False) as stored:
        assert {name: stored[name].tolist() for name in stored.files} == {
            name: array.tolist() for name, array in SOME.items()
        }


def test_files_that_numpy_wrote_are_read_too(tmp_path: Path) -> None:
    np.savez(tmp_path / "old.npz", **SOME)  # type: ignore[arg-type]  # numpy types its kwargs as bool
    for name, array in map_arrays(tmp_path / "old.npz").items():
        np.testing.assert_array_equal(array, SOME[name])
        assert address(array) % array.dtype.alignment == 0


def test_a_change_stays_in_the_process_that_made_it(file: Path) -> None:
    first, second = map_arrays(file), map_arrays(file)
    first["whole"][:] = -1
    assert second["whole"].tolist() == map_arrays(file)["whole"].tolist() == SOME["whole"].tolist()


def test_arrays_live_on_when_the_file_is_deleted(file: Path) -> None:
    arrays = map_arrays(file)
    file.unlink()
    np.testing.assert_array_equal(arrays["table"], SOME["table"])


@pytest.mark.parametrize("name", [name for name, array in SOME.items() if array.nbytes])
def test_a_changed_byte_is_noticed(file: Path, name: str) -> None:
    whole = bytearray(file.read_bytes())
    at = whole.index(np.ascontiguousarray(SOME[name]).tobytes())
    whole[at] ^= 1
    file.write_bytes(whole)
    with pytest.raises(BadZipFile):
        map_arrays(file)


def test_half_a_file_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadZipFile):
        map_arrays(file)


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    objects = np.array([{"a": 1}], object)
    with pytest.raises(ValueError, match="Object arrays"):
        save_arrays(tmp_path / "arrays.npz", {"objects": objects})
    np.savez(tmp_path / "pickled.npz", objects=objects)
    with pytest.raises(ValueError, match="Python objects"):
        map_arrays(tmp_path / "pickled.npz")


def test_a_compressed_file_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "small.npz", **SOME)  # type: ignore[arg-type]  # as above
    with pytest.raises(BadZipFile, match="compressed"):
        map_arrays(tmp_path / "small.npz")
