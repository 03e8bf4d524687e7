"""The names of velocity counters, such as ``orders_approved_same_device.1h``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DAY: Final = 86_400
UNIT_SECONDS: Final = {"min": 60, "h": 3_600, "d": DAY}
LONGEST_WINDOW: Final = 90 * DAY
SCOPES: Final = {
    "member": "member",
    "same_device": "device",
    "same_instrument": "instrument",
    "same_address": "address",
    "same_ip": "ip",
}
"""What the counted orders share with this one → the column that says so."""
DISTINCT: Final = {"members": "member", "devices": "device", "instruments": "instrument"}
MEASURES: Final = ("orders", "amount", "frauds", *DISTINCT)
OUTCOMES: Final = ("placed", "approved", "declined")
"""Without one of these words, all orders count that were not declined."""
COUNTER: Final = re.compile(
    rf"({'|'.join(MEASURES)})(?:_({'|'.join(OUTCOMES)}))?_({'|'.join(SCOPES)})"
    rf"\.(\d{{1,4}})({'|'.join(UNIT_SECONDS)})"
)


@dataclass(frozen=True)
class Counter:
    """A measure over the orders that share ``scope``, within ``seconds``, of one ``outcome`` ("": not
    declined)."""

    measure: str
    scope: str
    seconds: int
    outcome: str = ""


def counter_of(name: str) -> Counter | None:
    """The counter called ``name``; None for an unknown name, or a window that is too long.

    A fraud counts whatever was decided about it, so that counters of frauds have no outcome.
    """
    match = COUNTER.fullmatch(name)
    if match is None:
        return None
    counter = Counter(match[1], SCOPES[match[3]], int(match[4]) * UNIT_SECONDS[match[5]], match[2] or "")
    counts_itself = DISTINCT.get(counter.measure) == counter.scope
    has_no_outcome = counter.measure == "frauds" and counter.outcome
    return None if counts_itself or has_no_outcome or not 0 < counter.seconds <= LONGEST_WINDOW else counter
