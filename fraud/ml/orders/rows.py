"""A few orders in plain Python lists as the columns that features are made of: what checkout reads.

Gives the same as ``order_frames`` gives for a frame, without a frame's fixed cost of milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.columns import (
    CHANNELS,
    IDENTITY_COLUMNS,
    NEVER,
    PAYMENT_METHODS,
    UNKNOWN,
    OrderColumns,
    ip_prefix,
)

Column = Sequence[Any]
_CHANNELS = {name: code for code, name in enumerate(CHANNELS)}
_PAYMENT_METHODS = {name: code for code, name in enumerate(PAYMENT_METHODS)}


def columns_from_rows(
    columns: Mapping[str, Column],
    *,
    times: Mapping[str, NDArray[np.int64]],
    returned: Mapping[str, NDArray[np.int64]] | None = None,
) -> OrderColumns:
    """``columns``: those of ``order_frames`` but the times, of equal length; None and "" for missing.

    ``times``: placed_at and joined_at as whole seconds, label_known_at rounded up, NEVER for missing.
    ``returned``: returned_cents and returns, where they are known.
    """
    billed, shipped = columns["billing_country"], columns["shipping_country"]
    prefixes = ["" if one is None else ip_prefix(str(one).partition("/")[0]) for one in columns["ip"]]
    return OrderColumns.build(
        member=_codes(columns["member"]),
        placed_at=times["placed_at"],
        amount_cents=_cents(columns["amount"]),
        basket_lines=np.array(columns["lines"], np.float32),
        discount_cents=_cents(columns["discount"]),
        coupon=np.array([1.0 if one else 0.0 for one in columns["coupon"]], np.float32),
        channel=np.array([_CHANNELS.get(one, UNKNOWN) for one in columns["channel"]], np.int8),
        payment_method=np.array(
            [_PAYMENT_METHODS.get(one, UNKNOWN) for one in columns["payment_method"]], np.int8
        ),
        **{ours: _codes(columns[theirs]) for ours, theirs in IDENTITY_COLUMNS},
        ip_prefix=_codes(prefixes),
        country_mismatch=np.array(
            [float(a != b) if a and b else np.nan for a, b in zip(billed, shipped, strict=True)], np.float32
        ),
        joined_at=times["joined_at"],
        is_fraud=np.array([np.nan if one is None else one for one in columns["is_fraud"]], np.float32),
        label_known_at=times["label_known_at"],
        **(returned or {}),
    )


def seconds_of(moments: Column, *, round_up: bool = False) -> NDArray[np.int64]:
    """Whole seconds since 1970 of aware datetimes, or of UTC texts as SQLite keeps them; NEVER for None."""
    there = [one for one in moments if one is not None]
    if there and not isinstance(there[0], str):
        there = [one.astimezone(UTC).replace(tzinfo=None) for one in there]
    micros = np.array(there, "datetime64[us]").view(np.int64)
    whole = -(-micros // 1_000_000) if round_up else micros // 1_000_000
    if len(there) == len(moments):
        return np.asarray(whole, np.int64)
    seconds = np.full(len(moments), NEVER, np.int64)
    seconds[[one is not None for one in moments]] = whole
    return seconds


def _codes(values: Column) -> NDArray[np.int64]:
    """Equal values get equal codes; "" and None get UNKNOWN."""
    codes: dict[object, int] = {"": UNKNOWN, None: UNKNOWN}
    return np.array([codes.setdefault(one, len(codes)) for one in values], np.int64)


def _cents(amounts: Column) -> NDArray[np.int64]:
    return np.rint(np.array([float(one) for one in amounts], np.float64) * 100).astype(np.int64)
