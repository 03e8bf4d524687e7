"""Generated: how each real basket was bought. Channel, device, payment instrument, network, countries.

Members have habits that last: a channel mix, one or two devices and cards that are replaced about once a
year, a home network. They also do what makes fraud hard to recognise: borrow a device, pay once with another
card, travel, shop from behind a proxy, pay with single-use card numbers. Addresses come from ranges that
belong to nobody: 100.64.0.0/10 (shared address space) and 198.18.0.0/15 (benchmarks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

DAY = 86_400
HOME_NETWORK, CARRIER_NETWORK = (100 << 24) | (64 << 16), (100 << 24) | (112 << 16)
TRAVEL_NETWORK, PROXY_NETWORK = (198 << 24) | (18 << 16), (198 << 24) | (19 << 16)

_ADDRESSES = 70  # other hashes use other constants
COUNTRIES = ("US", "CA", "GB", "CN", "DE")
COUNTRY_SHARES = (0.93, 0.02, 0.02, 0.025, 0.005)
TRAVEL_TO = ("US", "US", "US", "MX", "CA", "GB", "FR", "JP", "CN", "IT")


@dataclass(frozen=True)
class Habits:
    """One entry a member, in the order of ``household``."""

    household: Ints
    online: Floats  # share of orders that are not bought in a store
    app: Floats  # share of online orders that come from the app
    second_device: Floats
    second_card: Floats
    single_use_cards: Flags
    proxy: Flags
    home_area: Ints  # the member's /16
    carrier: Ints
    country: npt.NDArray[np.object_]
    method: npt.NDArray[np.object_]


def make_habits(*, households: Ints, rng: np.random.Generator) -> Habits:
    import numpy as np

    n = len(households)
    two_devices, two_cards = rng.random(n) < 0.45, rng.random(n) < 0.5
    return Habits(
        household=households,
        online=np.where(rng.random(n) < 0.2, rng.beta(1, 14, n), rng.beta(4, 2.2, n)),
        app=rng.beta(1.2, 1.4, n),
        second_device=np.where(two_devices, rng.uniform(0.08, 0.45, n), 0.0),
        second_card=np.where(two_cards, rng.uniform(0.08, 0.4, n), 0.0),
        single_use_cards=rng.random(n) < 0.035,
        proxy=rng.random(n) < 0.04,
        home_area=HOME_NETWORK + (rng.integers(0, 48, n) << 16),
        carrier=CARRIER_NETWORK + (rng.integers(0, 16, n) << 16),
        country=rng.choice(np.array(COUNTRIES, dtype=object), n, p=COUNTRY_SHARES),
        method=rng.choice(np.array(["card", "wallet", "paypal"], dtype=object), n, p=[0.68, 0.2, 0.12]),
    )


def add_context(orders: pd.DataFrame, *, habits: Habits, rng: np.random.Generator) -> pd.DataFrame:
    """``orders`` (by time) with channel, method, instrument, device, ip, billing, shipping, address, coupon,
    status.

    ``instrument``, ``device`` and ``address`` are 64-bit numbers and ``ip`` a 32-bit one; 0 stands for none.
    """
    import numpy as np

    by_member = orders.sort_values(["household", "placed"], kind="stable")
    row = np.searchsorted(habits.household, by_member["household"].to_numpy())
    placed = by_member["placed"].to_numpy()
    first = np.r_[True, row[1:] != row[:-1]]
    gap_days = np.where(first, 0.0, np.diff(placed, prepend=placed[:1]) / DAY)
    channel = _channels(row, habits, by_member["weighed"].to_numpy(), rng)
    online = channel != "store"
    abroad = _trips(row, placed, habits, rng)
    device = _belongings(
        row, first, gap_days, second=habits.second_device[row], life_days=420, odd=0.025, rng=rng
    )
    method, instrument = _payment(row, first, gap_days, online, habits, rng)
    home = habits.country[row]
    shipping = np.where((abroad >= 0) & (rng.random(len(row)) < 0.4), _places()[abroad], home)
    gift = online & (rng.random(len(row)) < 0.008)
    shipping = np.where(gift, rng.choice(np.array(TRAVEL_TO, dtype=object), len(row)), shipping)
    by_member = by_member.assign(
        channel=channel,
        method=method,
        instrument=instrument,
        device=np.where(online, device, 0),
        ip=np.where(online, _addresses(row, first, gap_days, channel, abroad, habits, rng), 0),
        billing=np.where(instrument == 0, "", home),
        shipping=np.where(online, shipping, ""),
        address=np.where(online, _shipping_addresses(row, placed, away=shipping != home), 0),
        coupon=np.where(by_member["redeemed"].to_numpy(), _coupon_codes(placed, rng), ""),
        status=np.where(rng.random(len(row)) < 0.01, "refunded", "completed"),
    )
    return by_member.sort_index()


def _shipping_addresses(row: Ints, placed: Ints, *, away: npt.NDArray[np.bool_]) -> Ints:
    """Home, which every tenth member leaves for another within the year; now and then a neighbour, a friend
    or the office; abroad, and for presents to there, always another one. Drawn from hashes, so that nothing
    else of the demo shop depends on it."""
    import numpy as np

    draw = mixed(_ADDRESSES, row, placed)
    moves = mixed(_ADDRESSES, row)
    begins = int(placed.min())
    moved = (moves % 10 == 0) & (placed > begins + moves // 10 % (365 * DAY))
    elsewhere = np.where(draw % 100 < 4, 1 + draw // 100 % 3, 0)
    home = mixed(_ADDRESSES, row, moved, elsewhere)
    return np.where(away, mixed(_ADDRESSES, row, draw), home)


def mixed(*parts: Ints | int) -> Ints:
    """One well-spread 63-bit number, never 0, from several whole numbers (splitmix64's finisher)."""
    import numpy as np

    state: npt.NDArray[np.uint64] = np.asarray(0x9E3779B97F4A7C15, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            state = (state ^ np.asarray(part).astype(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return np.asarray((state >> np.uint64(1)) | np.uint64(1)).astype(np.int64)


def random_host(network: Ints, *, rng: np.random.Generator, free_bits: int = 16) -> Ints:
    """An address of the network whose last ``free_bits`` bits are free."""
    import numpy as np

    return np.asarray(network + rng.integers(1, (1 << free_bits) - 1, np.shape(network)), dtype=np.int64)


def _channels(row: Ints, habits: Habits, weighed: Flags, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Fuel is bought in the store; the channel of other orders follows the member's habit."""
    import numpy as np

    online = (rng.random(len(row)) < habits.online[row]) & ~weighed
    app = rng.random(len(row)) < habits.app[row]
    return np.where(online, np.where(app, "app", "web"), "store").astype(object)


def _generation(
    row: Ints, first: Flags, gap_days: Floats, *, life_days: float, rng: np.random.Generator
) -> Ints:
    """How many times the member has replaced the thing so far: each gap may hold a replacement."""
    import numpy as np

    replaced = (rng.random(len(row)) < -np.expm1(-gap_days / life_days)) & ~first
    so_far = np.cumsum(replaced)
    starts = np.flatnonzero(first)
    return np.asarray(so_far - np.repeat(so_far[starts], np.diff(np.r_[starts, len(row)])), dtype=np.int64)


def _belongings(
    row: Ints,
    first: Flags,
    gap_days: Floats,
    *,
    second: Floats,
    life_days: float,
    odd: float,
    rng: np.random.Generator,
) -> Ints:
    """The member's main device (or card), sometimes the second one, seldom one that never comes back."""
    import numpy as np

    salt = int(rng.integers(1, 1 << 62))
    generation = _generation(row, first, gap_days, life_days=life_days, rng=rng)
    other = _generation(row, first, gap_days, life_days=life_days * 1.5, rng=rng)
    draw = rng.random(len(row))
    kind = np.where(draw < odd, 2, np.where(draw < odd + second, 1, 0))
    number = np.choose(kind, [generation, other, np.arange(len(row))])
    return mixed(salt, row, kind, number)


def _payment(
    row: Ints, first: Flags, gap_days: Floats, online: Flags, habits: Habits, rng: np.random.Generator
) -> tuple[npt.NDArray[np.object_], Ints]:
    import numpy as np

    card = _belongings(
        row, first, gap_days, second=habits.second_card[row], life_days=500, odd=0.015, rng=rng
    )
    single_use = habits.single_use_cards[row] & online & (rng.random(len(row)) < 0.85)
    card = np.where(single_use, mixed(int(rng.integers(1, 1 << 62)), np.arange(len(row))), card)
    cash = ~online & (rng.random(len(row)) < 0.3)
    method = np.where(cash, "cash", np.where(single_use, "card", habits.method[row]))
    method = np.where(~online & (method == "paypal"), "card", method)
    return method, np.where(cash, 0, card)


def _places() -> npt.NDArray[np.object_]:
    import numpy as np

    return np.array(TRAVEL_TO, dtype=object)


def _trips(row: Ints, placed: Ints, habits: Habits, rng: np.random.Generator) -> Ints:
    """Which place of ``TRAVEL_TO`` the member is at when ordering, -1 at home."""
    import numpy as np

    n_members = len(habits.household)
    trips = rng.poisson(np.where(rng.random(n_members) < 0.5, 2.0, 0.2))
    who = np.repeat(np.arange(n_members), trips)
    low, high = int(placed.min()), int(placed.max())
    begins = rng.integers(low, high, len(who))
    ends = begins + (rng.uniform(2, 14, len(who)) * DAY).astype(np.int64)
    where = rng.integers(0, len(TRAVEL_TO), len(who))
    span = high - low + 30 * DAY  # members follow each other on one long axis
    axis = row * span + (placed - low)
    place = np.full(len(row), -1, dtype=np.int64)
    lows = np.searchsorted(axis, who * span + (begins - low))
    highs = np.searchsorted(axis, who * span + np.minimum(ends - low, span - 1))
    for a, b, there in zip(lows, highs, where, strict=True):
        place[a:b] = there
    return place


def _addresses(
    row: Ints,
    first: Flags,
    gap_days: Floats,
    channel: npt.NDArray[np.object_],
    abroad: Ints,
    habits: Habits,
    rng: np.random.Generator,
) -> Ints:
    """At home one that the provider renews; moving, the carrier's; else a place's or a proxy's."""
    import numpy as np

    lease = _generation(row, first, gap_days, life_days=60, rng=rng)
    line = _generation(row, first, gap_days, life_days=250, rng=rng)
    third = mixed(int(rng.integers(1, 1 << 62)), row, line) % 256
    home = habits.home_area[row] + (third << 8) + mixed(int(rng.integers(1, 1 << 62)), row, lease) % 254 + 1
    address = np.where(
        (channel == "app") & (rng.random(len(row)) < 0.5), random_host(habits.carrier[row], rng=rng), home
    )
    other_place = habits.home_area[rng.integers(0, len(habits.household), len(row))]
    address = np.where(rng.random(len(row)) < 0.06, random_host(other_place, rng=rng), address)
    place = TRAVEL_NETWORK + (np.maximum(abroad, 0) << 12)
    address = np.where(abroad >= 0, random_host(place, rng=rng, free_bits=12), address)
    proxied = habits.proxy[row] & (rng.random(len(row)) < 0.8)
    return np.where(proxied, random_host(np.full(len(row), PROXY_NETWORK), rng=rng), address)


def _coupon_codes(placed: Ints, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """The manufacturers' coupons of the week, as the campaign's code: a handful a month."""
    import numpy as np

    month = placed // (30 * DAY)
    number = month * 7 + rng.integers(0, 7, len(placed))
    names = np.array([f"SAVE{code:03d}" for code in range(1000)], dtype=object)
    codes: npt.NDArray[np.object_] = names[number % 1000]
    return codes
