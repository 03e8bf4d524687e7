"""Writing back the demo's lists, and one live list; `recommendation_speed` runs it too.

    python -m benchmarks.recommendations.demo_lists [--shop VAR] [--households N]

``--shop`` names the ``var`` folder of a shop that is set up (its lists are renewed); without it the demo is
made in a scratch database and a model trained on it, which takes some minutes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks.results import Report, options_of, parser_of
from learning.measuring import measured

LAST_DAY = date(2026, 3, 2)


def fill(*, households: int | None) -> None:
    """The demo's products, members, orders and events, and a live model of them."""
    from django.conf import settings

    from demo.files import generate
    from importing.running import run_import
    from recommendations.services.training import train_candidate
    from registry.services.versions import register_candidate, store_artefact

    folder = Path(settings.DEMO_DIR)
    generate(directory=folder, last_day=LAST_DAY, time_zone="UTC", households=households)
    for kind in ("products", "members", "orders", "events"):
        run_import(kind=kind, path=folder / f"{kind}.parquet")
    with measured() as cost:
        candidate = train_candidate(lambda _fraction, _message: None)
    print(f"lists: retrain {cost.wall_seconds:.1f} s wall, {cost.cpu_seconds:.1f} s CPU", flush=True)
    artefact = store_artefact(family="recommendations", candidate=candidate)
    register_candidate(family="recommendations", candidate=candidate, artefact=artefact)


def write_back(report: Report) -> None:
    from django.db import transaction
    from django.utils import timezone

    from recommendations.models import Recommendation
    from recommendations.services.writing.item_lists import renew_item_lists
    from recommendations.services.writing.write_back import renew_lists
    from registry.services.versions import load_live

    loaded, now = load_live("recommendations"), timezone.now()
    with measured() as cost:
        written = renew_lists(loaded=loaded, as_of=now, queue=lambda _shard: None, hold=transaction.atomic)
    entries = [entry for row in Recommendation.objects.values_list("products", flat=True) for entry in row]
    reasoned = sum(bool(entry.get("because") or entry.get("times")) for entry in entries)
    print(
        f"lists: {written:,} written by {loaded.version} ({loaded.version.estimator}),"
        f" {len(entries):,} places, {reasoned / max(len(entries), 1):.0%} with reasons:"
        f" {cost.wall_seconds:.1f} s wall, {cost.cpu_seconds:.1f} s CPU, {cost.peak_rss_mb:.0f} MB",
        flush=True,
    )
    report.add("lists written", written)
    report.add("lists: places", len(entries))
    report.add("lists: share of places with reasons", reasoned / max(len(entries), 1))
    report.add("lists: wall s", cost.wall_seconds, at_most=20, timed=True)
    report.add("lists: CPU s", cost.cpu_seconds, timed=True)
    with measured() as cost:
        rows = renew_item_lists(as_of=now)
    print(
        f"similar and together: {rows:,} lists, {cost.wall_seconds:.1f} s wall, {cost.cpu_seconds:.1f} s CPU"
    )


def live_lists(report: Report, *, members: int = 50) -> None:
    """A list made this moment, as after an event: the model's part of the answer."""
    import statistics
    import time

    from django.utils import timezone

    from membership.models import Member
    from recommendations.models import Surface
    from recommendations.services.serving.live import live_list

    people = list(Member.objects.active().order_by("pk")[:members])
    for surface in Surface.values:
        live_list(member=people[0], surface=surface, at=timezone.now())
        spent = []
        for member in people:
            began = time.process_time()
            live_list(member=member, surface=surface, at=timezone.now())
            spent.append(1_000 * (time.process_time() - began))
        print(f"live list, {surface}: {statistics.median(spent):.1f} CPU ms (median of {len(people)})")
        report.add(f"live list, {surface}: CPU ms", statistics.median(spent), at_most=20, timed=True)


@contextmanager
def shop_with_a_model(*, shop: Path | None, households: int | None) -> Iterator[None]:
    """The shop whose ``var`` folder is named, or a demo in a scratch database with a model of its own."""
    if shop is None:
        from benchmarks.recommendations.serving import scratch

        with scratch():
            fill(households=households)
            yield
        return
    os.environ |= {"VAR_DIR": str(shop.resolve()), "LOG_LEVEL": "ERROR"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    yield


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--shop", type=Path)
    parser.add_argument("--households", type=int)
    options = options_of(parser, households=60)
    report = Report("recommendation_lists", data="demo shop: simulated purchases", seed=7)
    with report, shop_with_a_model(shop=options.shop, households=options.households):
        write_back(report)
        live_lists(report)


if __name__ == "__main__":
    main()
