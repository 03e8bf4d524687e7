"""Arrays in one ``.npz`` file, read by mapping it into memory.

The file is what ``numpy.savez`` writes, with each array at a multiple of 64 bytes. Mapped pages are shared by
all processes that read the same file, and only what is used is read. A page that is written to becomes the
process's own (copy on write), so arrays may be changed as if they had been loaded.
"""

from __future__ import annotations

import io
import mmap
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

ALIGNMENT: Final = 64
PADDING: Final = 0xD935
"""The extra field that other zip tools use to align entries, too."""
LOCAL_HEADER: Final = 30
CHUNK: Final = 1 << 20


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write ``arrays``, row by row whatever their order in memory; none may hold Python objects."""
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(
                data, np.ascontiguousarray(array).reshape(np.shape(array)), allow_pickle=False
            )
            entry = ZipInfo(f"{name}.npy")
            assert archive.fp is not None  # noqa: S101  # open for writing
            entry.extra = _padding(archive.fp.tell() + LOCAL_HEADER + len(entry.filename.encode()))
            archive.writestr(entry, data.getbuffer())


def map_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file of ``save_arrays``, or of any uncompressed ``.npz``.

    Raises BadZipFile, ValueError or EOFError on a damaged file.
    """
    with path.open("rb") as stream, ZipFile(stream) as archive:
        entries = archive.infolist()
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
        return {entry.filename.removesuffix(".npy"): _mapped(stream, mapped, entry) for entry in entries}


def _mapped(stream: IO[bytes], mapped: mmap.mmap, entry: ZipInfo) -> NDArray[Any]:
    if entry.compress_type != ZIP_STORED:
        raise BadZipFile(f"{entry.filename} is compressed")
    stream.seek(entry.header_offset + LOCAL_HEADER - 4)
    name_length, extra_length = struct.unpack("<HH", stream.read(4))
    begin = stream.seek(name_length + extra_length, io.SEEK_CUR)
    _check(stream, entry)
    stream.seek(begin)
    version = np.lib.format.read_magic(stream)
    read_header = (
        np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    )
    shape, by_column, dtype = read_header(stream)
    if dtype.hasobject:
        raise ValueError(f"{entry.filename} holds Python objects")
    offset, count = stream.tell(), int(np.prod(shape, dtype=np.int64))
    if offset + count * dtype.itemsize > begin + entry.file_size:
        raise EOFError(f"{entry.filename} ends early")
    array: NDArray[Any] = np.frombuffer(mapped, dtype, count, offset)
    if offset % dtype.alignment:
        array = array.copy()  # of an older file: some libraries take aligned arrays only
    # torch leaves some matrices column by column; scipy would turn those round at every product
    return np.ascontiguousarray(array.reshape(shape, order="F")) if by_column else array.reshape(shape)


def _check(stream: IO[bytes], entry: ZipInfo) -> None:
    """Raise BadZipFile unless the entry's bytes are those that were written."""
    left, checksum = entry.file_size, 0
    while left and (chunk := stream.read(min(left, CHUNK))):
        checksum, left = zlib.crc32(chunk, checksum), left - len(chunk)
    if left or checksum != entry.CRC:
        raise BadZipFile(f"{entry.filename} is damaged")


def _padding(at: int) -> bytes:
    """An extra field after which ``at`` is a multiple of ALIGNMENT."""
    size = -at % ALIGNMENT
    if 0 < size < 4:  # less than its own head
        size += ALIGNMENT
    return struct.pack("<HH", PADDING, size - 4) + bytes(size - 4) if size else b""
