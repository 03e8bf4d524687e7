"""Orders as columns: what features are computed from, wherever the orders came from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

NEVER: Final = np.iinfo(np.int64).max
"""``label_known_at`` of an order whose label never arrived."""
UNKNOWN: Final = -1
"""The code of a store, device, instrument, ... that the order does not have."""

CHANNELS: Final = ("store", "web", "app", "phone")
PAYMENT_METHODS: Final = ("card", "wallet", "paypal", "cash", "invoice", "transfer")
IDENTITIES: Final = ("device", "instrument", "address", "ip_prefix", "shipping_country")
HOUR, DAY = 3_600, 86_400

IDENTITY_COLUMNS: Final = (
    ("store", "store"),
    ("device", "device_fingerprint"),
    ("instrument", "payment_fingerprint"),
    ("address", "address_fingerprint"),
    ("shipping_country", "shipping_country"),
)
"""What is compared between orders, and what it is called in files and in the database."""


@dataclass(frozen=True)
class OrderColumns:
    """Orders as columns of equal length, in any order; orders of one second keep the order they come in.

    ``member``, ``store``, ``device``, ``instrument``, ``address``, ``ip_prefix`` and ``shipping_country`` are
    codes (int64, -1 where missing); ``channel`` and ``payment_method`` index CHANNELS and PAYMENT_METHODS
    (int8, -1 other); times are whole seconds since 1970 in UTC; amounts are whole cents; ``basket_lines``,
    ``coupon`` (0/1) and ``country_mismatch`` (0/1) are float32 with NaN for missing; ``is_fraud`` is 0, 1 or
    NaN; ``returned_cents`` had come back to the member in ``returns`` refunds when the order was placed.
    """

    member: NDArray[np.int64]
    placed_at: NDArray[np.int64]
    amount_cents: NDArray[np.int64]
    basket_lines: NDArray[np.float32]
    discount_cents: NDArray[np.int64]
    coupon: NDArray[np.float32]
    channel: NDArray[np.int8]
    payment_method: NDArray[np.int8]
    store: NDArray[np.int64]
    device: NDArray[np.int64]
    instrument: NDArray[np.int64]
    address: NDArray[np.int64]
    ip_prefix: NDArray[np.int64]
    shipping_country: NDArray[np.int64]
    country_mismatch: NDArray[np.float32]
    joined_at: NDArray[np.int64]  # NEVER where it is not known
    is_fraud: NDArray[np.float32]
    label_known_at: NDArray[np.int64]
    returned_cents: NDArray[np.int64]
    returns: NDArray[np.int64]

    @classmethod
    def build(
        cls,
        *,
        member: NDArray[np.int64],
        placed_at: NDArray[np.int64],
        amount_cents: NDArray[np.int64],
        **others: NDArray[np.generic],
    ) -> Self:
        """Columns that are not given are missing for every order."""
        n = len(member)
        missing: dict[str, NDArray[np.generic]] = {
            **{
                name: np.full(n, np.nan, np.float32)
                for name in ("basket_lines", "coupon", "country_mismatch")
            },
            **{name: np.full(n, UNKNOWN, np.int64) for name in ("store", *IDENTITIES)},
            **{name: np.full(n, UNKNOWN, np.int8) for name in ("channel", "payment_method")},
            "discount_cents": np.zeros(n, np.int64),
            "joined_at": np.full(n, NEVER, np.int64),
            "is_fraud": np.full(n, np.nan, np.float32),
            "label_known_at": np.full(n, NEVER, np.int64),
            "returned_cents": np.zeros(n, np.int64),
            "returns": np.zeros(n, np.int64),
        }
        unknown = others.keys() - missing.keys()
        if unknown:
            raise TypeError(f"orders have no column {sorted(unknown)[0]!r}")
        return cls(member, placed_at, amount_cents, **{**missing, **others})  # type: ignore[arg-type]  # by name

    def __len__(self) -> int:
        return len(self.member)

    def take(self, rows: NDArray[np.integer]) -> Self:
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def ip_prefix(address: str) -> str:
    if ":" in address:
        return ":".join(address.split(":")[:3])
    return address.rpartition(".")[0]
