"""Generated: what fraudsters do over several orders, and what genuine members do that looks the same.

Every story is a short run of purchases by one account. The fraudulent ones differ in order and timing:

* account takeover: a small trial, then within hours ever larger baskets of goods that are easily resold;
  the device, card or network changes at the trial and is then no longer new; the goods often go to a flat
  that other thieves use too.
* card testing: tiny baskets minutes apart, a fresh card number each, on a device that was new at the first.
* coupon abuse: one high coupon after the other within days.
* refund abuse: large orders every few days, each given back.

Each has a genuine counterpart with the same single features: a new phone and a large first order (small
ones follow; the phone stays), shopping for a party (ever larger, on the usual phone), a run of gift cards
on the usual phone, one large voucher.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from demo.context import CARRIER_NETWORK, HOME_NETWORK, PROXY_NETWORK, TRAVEL_NETWORK, mixed

if TYPE_CHECKING:
    import numpy as np

HOUR, MINUTE = 3_600, 60
LARGEST_CENTS = 42_000
DROPS, DROP_FLATS = 71, 9


@dataclass(frozen=True)
class Purchase:
    """One order to be made: who, when, from where, paid how, and about how much of what."""

    household: int
    placed: int  # seconds since 1970, UTC
    store: int
    channel: str
    method: str
    instrument: int
    device: int
    ip: int
    billing: str
    shipping: str
    address: int
    coupon: str = ""
    status: str = "completed"
    cents: int = 0  # before discount, about
    discount_share: float = 0.0
    resaleable: bool = False
    story: str = ""
    is_fraud: bool = False
    episode: int = 0


@dataclass(frozen=True)
class Scene:
    """The account as it was before the story: ``usual`` is the member's last own online order."""

    usual: Purchase
    start: int
    mean_cents: int


Story = Callable[[Scene, "np.random.Generator"], list[Purchase]]


def account_takeover(scene: Scene, rng: np.random.Generator) -> list[Purchase]:
    n = int(rng.integers(3, 8))
    base = _intruder(scene, rng)
    amounts = [_around(650, 0.7, rng), *_growing(_around(2600, 0.5, rng), n - 1, rng)]
    times = _times(scene.start, gaps=_around_hours(1.3, 1.0, n, rng))
    card, from_step = _card_change(scene, rng, new=0.5, late=0.4)
    abroad = str(rng.choice(["US", "MX", "CA", "GB"])) if rng.random() < 0.18 else scene.usual.shipping
    drop = _drop(scene, base) if abroad == scene.usual.shipping else int(mixed(DROPS, base.placed))
    return [
        replace(
            base,
            placed=at,
            cents=cents,
            resaleable=step > 0,
            instrument=card if step >= from_step else scene.usual.instrument,
            shipping=abroad if step > 0 else scene.usual.shipping,
            address=drop if step > 0 else scene.usual.address,
        )
        for step, (at, cents) in enumerate(zip(times, amounts, strict=True))
    ]


def card_testing(scene: Scene, rng: np.random.Generator) -> list[Purchase]:
    n = int(rng.integers(4, 8))
    base = replace(_intruder(scene, rng), method="card")
    times = _times(scene.start, gaps=_around_hours(0.09, 0.7, n, rng))
    return [
        replace(
            base,
            placed=at,
            cents=_around(320, 0.6, rng),
            instrument=fresh(rng) if rng.random() < 0.8 else scene.usual.instrument,
        )
        for at in times
    ]


def coupon_abuse(scene: Scene, rng: np.random.Generator) -> list[Purchase]:
    n = int(rng.integers(5, 9))
    times = _times(scene.start, gaps=_around_hours(16, 0.8, n, rng))
    code = _voucher(rng)
    return [
        replace(
            scene.usual,
            placed=at,
            cents=_around(0.8 * scene.mean_cents + 1500, 0.5, rng),
            discount_share=float(rng.uniform(0.35, 0.6)),
            coupon=code if rng.random() < 0.6 else _voucher(rng),
        )
        for at in times
    ]


def refund_abuse(scene: Scene, rng: np.random.Generator) -> list[Purchase]:
    n = int(rng.integers(3, 6))
    times = _times(scene.start, gaps=_around_hours(24 * 5, 0.4, n, rng))
    return [
        replace(
            scene.usual,
            placed=at,
            cents=_around(2.2 * scene.mean_cents + 3000, 0.35, rng),
            resaleable=True,
            status="refunded",
        )
        for at in times
    ]


def new_phone(scene: Scene, rng: np.random.Generator) -> list[Purchase]:
    """The genuine counterpart of a takeover: all is new, the large order comes first, then small ones."""
    n = int(rng.integers(2, 6))
    large = _around(1.2 * scene.mean_cents + 5500, 0.6, rng)
    amounts = [large]
    for _ in range(n - 1):
        amounts.append(max(250, int(amounts[-1] * rng.uniform(0.25, 0.8))))
    if rng.random() < 0.15:
        amounts.reverse()  # some genuine members also try a small order first
    times = _times(scene.start, gaps=_around_hours(1.3, 1.0, n, rng))
    card, from_step = _card_change(scene, rng, new=0.5, late=0.4)
    base = replace(_intruder(scene, rng, new_device=0.85), resaleable=bool(rng.random() < 0.6))
    return [
        replace(
            base, placed=at, cents=cents, instrument=card if step >= from_step else scene.usual.instrument
        )
        for step, (at, cents) in enumerate(zip(times, amounts, strict=True))
    ]


def party(scene: Scene, rng: np.random.Generator) -> list[Purchase]:
    """Another genuine counterpart: ever larger baskets within a day, on the usual device."""
    n = int(rng.integers(3, 7))
    amounts = [_around(650, 0.7, rng), *_growing(_around(2600, 0.5, rng), n - 1, rng)]
    times = _times(scene.start, gaps=_around_hours(1.3, 1.0, n, rng))
    card, from_step = _card_change(scene, rng, new=0.3, late=0.8)
    return [
        replace(
            scene.usual,
            placed=at,
            cents=cents,
            resaleable=True,
            instrument=card if step >= from_step else scene.usual.instrument,
            ip=_somewhere(rng) if step > 0 and rng.random() < 0.3 else scene.usual.ip,
        )
        for step, (at, cents) in enumerate(zip(times, amounts, strict=True))
    ]


def gift_card_run(scene: Scene, rng: np.random.Generator) -> list[Purchase]:
    """The genuine counterpart of card testing: small baskets, single-use or gift cards, the usual device."""
    n = int(rng.integers(3, 8))
    method = "gift_card" if rng.random() < 0.35 else "card"
    times = _times(scene.start, gaps=_around_hours(0.12, 0.8, n, rng))
    return [
        replace(
            scene.usual,
            placed=at,
            cents=_around(480, 0.7, rng),
            method=method,
            instrument=fresh(rng) if rng.random() < 0.8 else scene.usual.instrument,
            ip=_somewhere(rng) if step == 0 and rng.random() < 0.4 else scene.usual.ip,
        )
        for step, at in enumerate(times)
    ]


def voucher(scene: Scene, rng: np.random.Generator) -> list[Purchase]:
    """A welcome or birthday voucher: as large as an abused one, but used once or twice."""
    n = 2 if rng.random() < 0.15 else 1
    times = _times(scene.start, gaps=_around_hours(26, 0.8, n, rng))
    return [
        replace(
            scene.usual,
            placed=at,
            cents=_around(0.8 * scene.mean_cents + 1500, 0.5, rng),
            discount_share=float(rng.uniform(0.3, 0.6)),
            coupon=_voucher(rng),
        )
        for at in times
    ]


def _drop(scene: Scene, base: Purchase) -> int:
    """Where stolen goods go: mostly one of a few empty flats, else to the member, to be picked up there."""
    number = int(mixed(DROPS, base.household, base.placed))
    return int(mixed(DROPS, number % DROP_FLATS)) if number % 10 < 6 else scene.usual.address


def fresh(rng: np.random.Generator) -> int:
    """A device or card number not used before."""
    return int(rng.integers(1, 1 << 62)) * 2 + 1


def _intruder(scene: Scene, rng: np.random.Generator, *, new_device: float = 0.7) -> Purchase:
    """The account from a device and a network that mostly are new; some take over the session itself."""
    return replace(
        scene.usual,
        channel=str(rng.choice(["web", "app"])),
        device=fresh(rng) if rng.random() < new_device else scene.usual.device,
        ip=_somewhere(rng) if rng.random() < 0.7 else scene.usual.ip,
    )


def _somewhere(rng: np.random.Generator) -> int:
    network = (
        HOME_NETWORK + (int(rng.integers(0, 48)) << 16),
        CARRIER_NETWORK + (int(rng.integers(0, 16)) << 16),
        TRAVEL_NETWORK,
        PROXY_NETWORK,
    )[int(rng.choice(4, p=[0.4, 0.25, 0.15, 0.2]))]
    return network + int(rng.integers(1, 65_534))


def _card_change(scene: Scene, rng: np.random.Generator, *, new: float, late: float) -> tuple[int, int]:
    """Which instrument is used, and from which step on."""
    if rng.random() >= new:
        return scene.usual.instrument, 0
    return fresh(rng), int(rng.random() < late)


def _voucher(rng: np.random.Generator) -> str:
    return f"GIFT{int(rng.integers(0, 40)):02d}"


def _around(cents: float, spread: float, rng: np.random.Generator) -> int:
    return int(min(max(cents * rng.lognormal(0.0, spread), 99), LARGEST_CENTS))


def _growing(first: int, n: int, rng: np.random.Generator) -> list[int]:
    amounts = [first]
    while len(amounts) < n:
        amounts.append(min(int(amounts[-1] * rng.uniform(1.15, 1.9)), LARGEST_CENTS))
    return amounts


def _around_hours(hours: float, spread: float, n: int, rng: np.random.Generator) -> list[int]:
    gaps = hours * HOUR * rng.lognormal(0.0, spread, n - 1)
    return [int(min(max(gap, MINUTE), 9 * max(hours * HOUR, HOUR))) for gap in gaps]


def _times(start: int, *, gaps: list[int]) -> list[int]:
    times = [start]
    for gap in gaps:
        times.append(times[-1] + gap)
    return times


@dataclass(frozen=True)
class Plan:
    """How often a story happens, in orders per order of the shop, and when its label arrives."""

    story: Story
    is_fraud: bool
    share: float
    mean_length: float
    lag_days: tuple[float, float] = (0.0, 0.0)
    reported: float = 0.0  # share of episodes for which a label ever arrives
    source: str = ""


FRAUD_SHARE = 0.005
PLANS = {
    "account_takeover": Plan(account_takeover, True, 0.5 * FRAUD_SHARE, 5.0, (3, 21), 0.95, "chargeback"),
    "card_testing": Plan(card_testing, True, 0.25 * FRAUD_SHARE, 5.5, (3, 14), 0.9, "chargeback"),
    "coupon_abuse": Plan(coupon_abuse, True, 0.15 * FRAUD_SHARE, 6.5, (7, 25), 0.92, "review"),
    "refund_abuse": Plan(refund_abuse, True, 0.1 * FRAUD_SHARE, 4.0, (14, 40), 0.95, "review"),
    "new_phone": Plan(new_phone, False, 0.0035, 3.5, (1, 5), 0.3, "confirmed"),
    "party": Plan(party, False, 0.0035, 4.5, (1, 5), 0.3, "confirmed"),
    "gift_card_run": Plan(gift_card_run, False, 0.0015, 5.0, (1, 5), 0.3, "confirmed"),
    "voucher": Plan(voucher, False, 0.004, 1.15, (1, 5), 0.15, "confirmed"),
}
