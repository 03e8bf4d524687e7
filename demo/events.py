"""Generated: what members did in the web shop and the app, in sessions with and without an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.context import DAY, mixed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Ints = npt.NDArray[np.int64]

RECENT_DAYS = 120
TYPES = ("view", "cart", "search", "wishlist", "impression", "click")
BUYING = (0.36, 0.34, 0.08, 0.01, 0.12, 0.09)
BROWSING = (0.45, 0.05, 0.12, 0.04, 0.22, 0.12)
EVENTS_BUYING, EVENTS_BROWSING = 4.0, 3.6  # a session, on average, beside the first
BROWSING_PER_ORDER = 1.1
SEARCH = TYPES.index("search")


def make_events(
    *, orders: pd.DataFrame, lines: pd.DataFrame, end: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Columns household, type, product_id (0 for a search), occurred_at (seconds), session (number); by time.

    Looks at a member's later orders for nothing but the session that led to each: what is browsed comes
    from what the member had bought by then, or from what everybody buys.
    """
    import numpy as np
    import pandas as pd

    starts = np.searchsorted(lines["order"].to_numpy(), np.arange(len(orders)))
    counts = orders["n_lines"].to_numpy()
    product = lines["product_id"].to_numpy()
    online = np.flatnonzero((orders["channel"] != "store").to_numpy())
    recent = online[orders["placed"].to_numpy()[online] >= end - RECENT_DAYS * DAY]
    household, placed = orders["household"].to_numpy(), orders["placed"].to_numpy()

    buying = _session_lengths(len(recent), EVENTS_BUYING, rng)
    order = np.repeat(recent, buying)
    bought = product[starts[order] + (rng.random(len(order)) * counts[order]).astype(np.int64)]

    anchor = rng.choice(recent, int(len(recent) * BROWSING_PER_ORDER))
    browsed_at = placed[anchor] + (rng.exponential(4.0, len(anchor)) * DAY).astype(np.int64)
    anchor, browsed_at = anchor[browsed_at < end], browsed_at[browsed_at < end]
    browsing = _session_lengths(len(anchor), EVENTS_BROWSING, rng)
    seen = np.repeat(anchor, browsing)
    looked = _browsed(seen, household=household, starts=starts, counts=counts, product=product, rng=rng)

    everything = pd.DataFrame(
        {
            "household": np.r_[household[order], household[seen]],
            "kind": np.r_[_kinds(len(order), BUYING, rng), _kinds(len(seen), BROWSING, rng)],
            "product_id": np.r_[bought, looked],
            "occurred_at": np.r_[_times(placed[recent], buying, rng), _times(browsed_at, browsing, rng)],
            "session": np.r_[
                np.repeat(mixed(1, orders["order_id"].to_numpy()[recent]), buying),
                np.repeat(mixed(2, np.arange(len(anchor)), placed[anchor]), browsing),
            ],
        }
    )
    everything["product_id"] = everything["product_id"].where(everything["kind"] != SEARCH, 0)
    everything["type"] = np.array(TYPES, dtype=object)[everything["kind"]]
    key = ["household", "occurred_at", "kind", "product_id", "session"]
    everything = everything.drop_duplicates(key)
    return everything.sort_values(["occurred_at", "household", "kind", "product_id"], ignore_index=True)


def _session_lengths(n: int, mean_beside_first: float, rng: np.random.Generator) -> Ints:
    return 1 + rng.poisson(mean_beside_first, n)


def _kinds(n: int, shares: tuple[float, ...], rng: np.random.Generator) -> Ints:
    return rng.choice(len(TYPES), n, p=shares)


def _times(session_end: Ints, lengths: Ints, rng: np.random.Generator) -> Ints:
    """Seconds, each session's events backwards from its end, half a minute or so apart."""
    import numpy as np

    total = int(lengths.sum())
    waits = np.ceil(rng.exponential(35.0, total)).astype(np.int64)
    so_far = np.cumsum(waits)
    firsts = np.cumsum(lengths) - lengths
    within = so_far - np.repeat(so_far[firsts] - waits[firsts], lengths)
    return np.asarray(np.repeat(session_end, lengths) - within, dtype=np.int64)


def _browsed(
    seen: Ints, *, household: Ints, starts: Ints, counts: Ints, product: Ints, rng: np.random.Generator
) -> Ints:
    """Half of it from the member's own orders up to the anchor order, half from the whole shop's lines."""
    import numpy as np

    by_member = np.lexsort((np.arange(len(household)), household))  # orders are by time already
    position = np.empty(len(household), dtype=np.int64)
    position[by_member] = np.arange(len(household))
    sorted_members = household[by_member]
    begin = np.searchsorted(sorted_members, household[seen])
    back = (rng.random(len(seen)) * (position[seen] - begin + 1)).astype(np.int64)
    own_order = by_member[begin + back]
    own = product[starts[own_order] + (rng.random(len(seen)) * counts[own_order]).astype(np.int64)]
    anyones = product[rng.integers(0, len(product), len(seen))]
    return np.where(rng.random(len(seen)) < 0.5, own, anyones)
