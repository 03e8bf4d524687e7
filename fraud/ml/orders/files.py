"""Transactions from a CSV or Parquet file of somebody's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fraud.ml.orders.columns import OrderColumns
from fraud.ml.orders.frames import columns_from_frame
from learning.interaction_files import InputError

REQUIRED = ("transaction_id", "placed_at", "member", "store", "amount", "is_fraud")
LARGEST_AMOUNT = 1e12


@dataclass(frozen=True)
class Transactions:
    """``orders`` row by row as in the file; ``ids`` (n,) as given; ``day`` (n,) int64, days since 1970-01-01
    in the file's zone."""

    ids: NDArray[np.generic]
    day: NDArray[np.int64]
    orders: OrderColumns


def read_transactions(path: Path, *, time_zone: str, delay_days: int) -> Transactions:
    """Read ``transaction_id, placed_at, member, store, amount, is_fraud`` (empty: never known) and others.

    Extra columns are used where they have the name of an import column (channel, coupon, device_fingerprint,
    ip, ...). A ``placed_at`` without a zone is taken to be in ``time_zone``. A label is known ``delay_days``
    after its order. Raises InputError.
    """
    frame = _read(path)
    _check(frame, path)
    moments = _moments(frame["placed_at"], path, time_zone=time_zone)
    frame["placed_at"] = moments
    frame["is_fraud"] = _labels(frame["is_fraud"], path)
    frame["amount"] = _amounts(frame["amount"], path)
    labelled = frame["is_fraud"].notna()
    frame["label_known_at"] = (moments + pd.Timedelta(days=delay_days)).where(labelled)
    local = moments.dt.tz_convert(time_zone).dt.tz_localize(None)
    day = local.to_numpy().astype("datetime64[D]").astype(np.int64)
    return Transactions(frame["transaction_id"].to_numpy(), day, columns_from_frame(frame))


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        if path.name.endswith(".parquet"):
            return pd.read_parquet(path)
        if path.name.endswith((".csv", ".csv.gz")):
            return pd.read_csv(path)
    except (ValueError, OSError, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path.name} cannot be read: {reason}") from error
    raise InputError(f"{path.name} is neither .csv, .csv.gz nor .parquet")


def _check(frame: pd.DataFrame, path: Path) -> None:
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        columns = ", ".join(map(str, frame.columns)) or "none"
        raise InputError(f"{path.name} has no column {', '.join(missing)}; it has {columns}")
    if frame.empty:
        raise InputError(f"{path.name} holds no rows")
    for name in ("transaction_id", "placed_at", "member", "amount"):
        _refuse(frame[name].isna(), path, f"{name} is empty")
    _refuse(
        frame["transaction_id"].duplicated(), path, "its transaction_id was used before; it must be unique"
    )


def _refuse(bad: pd.Series[bool], path: Path, reason: str) -> None:
    if bad.any():
        raise InputError(f"{path.name}, row {int(bad.to_numpy().argmax()) + 1}: {reason}")


def _moments(values: pd.Series, path: Path, *, time_zone: str) -> pd.Series:
    try:
        parsed = pd.to_datetime(values, format="ISO8601") if values.dtype.kind not in "Mifu" else values
        if parsed.dtype.kind != "M":
            raise ValueError("numbers are not dates")
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path.name}: placed_at must be moments such as 2026-03-01 14:05:00 ({reason})"
        ) from error
    if parsed.dt.tz is None:
        # the hour that a zone skips or repeats is taken as it would be without the change
        parsed = parsed.dt.tz_localize(time_zone, ambiguous=True, nonexistent="shift_forward")
    return parsed.dt.tz_convert("UTC")


def _labels(values: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    _refuse(values.notna() & ~numbers.isin((0, 1)), path, "is_fraud must be 0, 1 or empty")
    return numbers.astype("float32")


def _amounts(values: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    _refuse(~numbers.between(0, LARGEST_AMOUNT), path, "amount must be a number from 0 to 1e12")
    return numbers
