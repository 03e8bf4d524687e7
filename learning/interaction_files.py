"""Interactions from a CSV or Parquet file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from learning.interactions import Interactions

ALIASES = {
    "user": "member",
    "user_id": "member",
    "member_id": "member",
    "item": "product",
    "item_id": "product",
}
REQUIRED = ("member", "product", "timestamp")


class InputError(ValueError):
    """A file or an argument cannot be used; the message says why, in one line."""


def read_interactions(path: Path) -> Interactions:
    """Read columns ``member, product, timestamp[, value]`` (``user``, ``item`` too) of a CSV or Parquet file.

    ``timestamp`` is a whole number, taken as seconds, or a date: one with a zone is turned to UTC, one
    without is taken as it stands. Rows keep the file's order, which decides between equal times.
    Raises InputError.
    """
    frame = read_table(path, required=REQUIRED)
    values = _values(frame["value"], path) if "value" in frame.columns else None
    return Interactions.from_ids(
        frame["member"].to_numpy(), frame["product"].to_numpy(), seconds_in(frame["timestamp"], path), values
    )


def read_table(path: Path, *, required: tuple[str, ...]) -> pd.DataFrame:
    """A CSV or Parquet file with the columns ``required``, none of them empty. Raises InputError."""
    frame = _read(path).rename(columns=_our_name)
    missing = [name for name in required if name not in frame.columns]
    if missing:
        columns = ", ".join(map(str, frame.columns)) or "none"
        raise InputError(f"{path.name} has no column {', '.join(missing)}; it has {columns}")
    if frame.empty:
        raise InputError(f"{path.name} holds no rows")
    for name in required:
        if frame[name].isna().any():
            row = int(frame[name].isna().to_numpy().argmax()) + 1
            raise InputError(f"{path.name}, row {row}: {name} is empty")
    return frame


def _our_name(column: object) -> str:
    name = str(column).strip().lower()
    return ALIASES.get(name, name)


def read_attributes(path: Path) -> dict[str, list[int]]:
    """A JSON file (.json or .json.gz) of product -> list of attribute ids. Raises InputError."""
    try:
        raw = path.read_bytes()
        content = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path.name} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(ids, list) for ids in content.values()):
        raise InputError(f"{path.name} must be one JSON object: product -> list of attribute ids")
    return content


def read_groups(path: Path) -> dict[str, str]:
    """A file with the columns ``member, group``: the text of a member's id -> group. Raises InputError."""
    frame = read_table(path, required=("member", "group"))
    return dict(zip(frame["member"].astype(str), frame["group"].astype(str), strict=True))


def seconds_of(day: str) -> int:
    """The Unix second of a date such as 2017-12-04, at its midnight. Raises InputError."""
    try:
        moment = pd.Timestamp(day)
        return int(moment.timestamp())  # one without a zone is taken as UTC
    except ValueError as error:  # NaT's timestamp() raises it too
        raise InputError(f"{day!r} is not a date; an example is 2017-12-04") from error


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.name.endswith((".csv", ".csv.gz")):
            return pd.read_csv(path)
    except (ValueError, OSError, EOFError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path.name} cannot be read: {reason}") from error
    raise InputError(f"{path.name} is neither .csv, .csv.gz nor .parquet")


def seconds_in(column: pd.Series, path: Path) -> NDArray[np.int64]:
    """Whole numbers as they are, dates as Unix seconds, (n,). Raises InputError."""
    if pd.api.types.is_integer_dtype(column):
        return column.to_numpy(dtype=np.int64)
    if pd.api.types.is_float_dtype(column):
        return _whole(column.to_numpy(dtype=np.float64), column.name, path)
    try:
        moments = pd.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{path.name}: {column.name} holds something that is neither a date nor a number"
        ) from error
    return moments.dt.tz_localize(None).to_numpy(dtype="datetime64[s]").astype(np.int64)


def _whole(numbers: NDArray[np.float64], name: object, path: Path) -> NDArray[np.int64]:
    if not np.isfinite(numbers).all():
        raise InputError(f"{path.name}: {name} holds infinity; give seconds or a date")
    return numbers.astype(np.int64)


def _values(column: pd.Series, path: Path) -> NDArray[np.float32]:
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float32)
    bad = ~np.isfinite(values) | (values <= 0)
    if bad.any():
        raise InputError(f"{path.name}, row {int(bad.argmax()) + 1}: value must be a number above 0")
    return values
