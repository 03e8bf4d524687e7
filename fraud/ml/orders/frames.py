"""Frames of orders, from a file or the database, as the columns that features are made of."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
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

REQUIRED: Final = ("member", "placed_at", "amount")
OPTIONAL: Final = (
    "store", "lines", "discount", "coupon", "channel", "payment_method", "payment_fingerprint",
    "device_fingerprint", "address_fingerprint", "ip", "billing_country", "shipping_country", "joined_at",
    "is_fraud", "label_known_at",
)  # fmt: skip


def columns_from_frame(frame: pd.DataFrame) -> OrderColumns:
    """``frame`` has the columns REQUIRED and any of OPTIONAL; other columns are not looked at.

    Times are aware moments (NaT allowed for ``joined_at`` and ``label_known_at``), amounts are numbers or
    Decimals in whole currency units, text is empty or missing where it is not known.
    """
    known: dict[str, NDArray[np.generic]] = {
        **_basket(frame),
        **_choices_made(frame),
        **_identities(frame),
        **_labels(frame),
    }
    if "joined_at" in frame:
        known["joined_at"] = seconds(frame["joined_at"], missing=NEVER)
    return OrderColumns.build(
        member=pd.factorize(frame["member"])[0].astype(np.int64),
        placed_at=seconds(frame["placed_at"], missing=0),
        amount_cents=_cents(frame["amount"]),
        **known,
    )


def _basket(frame: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    known: dict[str, NDArray[np.generic]] = {}
    if "lines" in frame:
        known["basket_lines"] = frame["lines"].to_numpy(np.float32, na_value=np.nan)
    if "discount" in frame:
        known["discount_cents"] = _cents(frame["discount"].fillna(0))
    if "coupon" in frame:
        known["coupon"] = (_codes(frame["coupon"]) != UNKNOWN).astype(np.float32)
    return known


def _choices_made(frame: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    names = (("channel", CHANNELS), ("payment_method", PAYMENT_METHODS))
    return {column: _choices(frame[column], known) for column, known in names if column in frame}


def _identities(frame: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    known: dict[str, NDArray[np.generic]] = {
        ours: _codes(frame[theirs]) for ours, theirs in IDENTITY_COLUMNS if theirs in frame
    }
    if "ip" in frame:
        known["ip_prefix"] = _codes(_ip_prefixes(frame["ip"]))
    if "billing_country" in frame and "shipping_country" in frame:
        known["country_mismatch"] = _mismatch(frame["billing_country"], frame["shipping_country"])
    return known


def _labels(frame: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    if "is_fraud" not in frame:
        return {}
    return {
        "is_fraud": frame["is_fraud"].to_numpy(np.float32, na_value=np.nan),
        # a label that arrived within a second is known from the next whole second on
        "label_known_at": seconds(frame["label_known_at"], missing=NEVER, round_up=True),
    }


def seconds(moments: pd.Series, *, missing: int, round_up: bool = False) -> NDArray[np.int64]:
    """(n,) whole seconds since 1970 in UTC."""
    times = pd.DatetimeIndex(pd.to_datetime(moments, utc=True))
    rounded = (times.ceil("s") if round_up else times.floor("s")).as_unit("s")
    return np.asarray(np.where(rounded.isna(), missing, rounded.asi8))


def _cents(amounts: pd.Series) -> NDArray[np.int64]:
    return np.asarray(np.rint(amounts.to_numpy(np.float64) * 100).astype(np.int64))


def _codes(values: pd.Series) -> NDArray[np.int64]:
    """Equal values get equal codes; "" and missing get UNKNOWN."""
    codes, distinct = pd.factorize(values)
    empty = np.array([value == "" for value in distinct], bool)
    codes = np.where(np.append(empty, True)[codes], UNKNOWN, codes)  # code -1 meets the appended True
    return codes.astype(np.int64)


def _choices(values: pd.Series, names: tuple[str, ...]) -> NDArray[np.int8]:
    codes, distinct = pd.factorize(values)
    place = {name: number for number, name in enumerate(names)}
    lookup = np.array([*(place.get(value, UNKNOWN) for value in distinct), UNKNOWN], np.int8)
    return np.asarray(lookup[codes])


def _ip_prefixes(addresses: pd.Series) -> pd.Series:
    """The network an address is in: /24 of IPv4, the first three groups of IPv6; members move within it."""
    codes, distinct = pd.factorize(addresses)
    prefixes = np.array([*(ip_prefix(str(address)) for address in distinct), ""], object)
    return pd.Series(prefixes[codes])


def _mismatch(billing: pd.Series, shipping: pd.Series) -> NDArray[np.float32]:
    billed, shipped = billing.fillna("").to_numpy(object), shipping.fillna("").to_numpy(object)
    both = (billed != "") & (shipped != "")
    return np.where(both, billed != shipped, np.nan).astype(np.float32)
