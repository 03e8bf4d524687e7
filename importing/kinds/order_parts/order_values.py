"""What an order has once, though a file repeats it a line: one value for each run of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from importing.files.frames import MISSING, CleanColumn, RowProblems

if TYPE_CHECKING:
    from importing.arrays import Codes, Ints

# what an order has once, though the file repeats it a line; the first coupon counts
ORDER_FIELDS = (
    "member_no", "placed_at", "currency", "status", "store", "channel", "payment_method",
    "payment_fingerprint", "device_fingerprint", "address_fingerprint", "ip", "billing_country",
    "shipping_country",
)  # fmt: skip
REQUIRED_OF_ORDER = ("member_no", "placed_at")
FIRST_COUNTS = ("email", "cancelled_at", "buyer_name", "first_name", "last_name", "phone", "coupon")
"""Of these the first value counts, whatever later lines say."""
MUST_AGREE = ("member_no", "currency")
"""In the exports of known systems, only these; a line may be a minute later, or have a status of its own."""
ENDED = ("cancelled", "refunded", "declined")


def order_values(
    clean: Mapping[str, CleanColumn], *, problems: RowProblems, starts: Ints, lengths: Ints, exact: bool
) -> dict[str, Codes]:
    """Each order's one value; lines may leave it empty, but not contradict each other."""
    import numpy as np

    of_run = {"order_no": clean["order_no"].codes[starts]}
    for name in (*ORDER_FIELDS, *FIRST_COUNTS):
        if name not in clean or not len(starts):
            continue
        codes = clean[name].codes
        first = _first_codes(codes, starts)
        if name == "status" and not exact:  # an order of which one line was cancelled stands, if another does
            ended = np.array([word in ENDED for word in clean[name].values] + [False])[np.maximum(codes, -1)]
            standing = _first_codes(np.where(ended, MISSING, codes), starts)
            first = np.where(standing >= 0, standing, first).astype(np.int32)
        of_run[name] = first
        if name in FIRST_COUNTS:
            continue
        if not exact and name not in MUST_AGREE:
            continue
        differs = (codes >= 0) & (codes != first.repeat(lengths))
        problems.add(differs, name=name, code="lines_disagree")
    for name in REQUIRED_OF_ORDER:
        if name in of_run and (name == "placed_at" or exact):
            missing = (of_run[name] < 0).repeat(lengths) & (clean[name].codes == MISSING)
            problems.add(missing, name=name, code="missing")
    return of_run


def _first_codes(codes: Codes, starts: Ints) -> Codes:
    """The code of the first line of each run that has a value."""
    import numpy as np

    position = np.minimum.reduceat(np.where(codes < 0, len(codes), np.arange(len(codes))), starts)
    return np.append(codes, np.int32(MISSING))[position]


def minor_digits(
    clean: Mapping[str, CleanColumn], of_run: Mapping[str, Codes], *, shop_currency: str
) -> Ints:
    """Decimals of each run's currency."""
    import numpy as np

    from membership.cleaning.words import MINOR_DIGITS

    currencies = [*(clean["currency"].values if "currency" in clean else []), shop_currency]
    digits = np.array([MINOR_DIGITS.get(code, 2) for code in currencies], dtype=np.int64)
    codes = of_run.get("currency")
    if codes is None:
        return np.full(len(of_run["order_no"]), digits[-1])
    return digits[np.where(codes < 0, len(digits) - 1, codes)]
