"""Segments of a large shop: previews, refreshes, the nightly run and overlaps, beside hand-written SQL.

    python -m benchmarks.segments.large_shop [--members 1000000] [--rounds 5]
    python -m benchmarks.segments.large_shop --reuse   # the shop that a run with --keep left

The shop (``benchmarks.shops.big_shop``, seed 7) has ten orders and twenty lines a member, written into a
database of its own: SQLite, or PostgreSQL on the server of DATABASE_URL. Times are medians over the rounds
with their ends; the hand-written queries run in turns with ours and must find the same members.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.results import SHORT, Report, options_of, parser_of
from benchmarks.shops.database import own_database

SEED = 7
BEHAVIOURS = (
    'bought(category: "G1 > C0", at_least: 2, within: 90d)'
    ' and not bought(category: "G2 > C1", within: 30d) and tier in [gold, platinum]'
)
WIDE = " or ".join(f'bought(category: "G{group}", at_least: 5, within: 365d)' for group in range(1, 11))
GOALS = {
    "preview of three behaviours, exact": 0.2,
    "preview of 60 categories in 365 days, first answer": 1.5,
    "refresh of it, a twentieth entering and leaving": 3.0,
    "one order: its member's figures and 50 segments": 5.0,
    "overlap of two large segments": 0.010,
}
"""Seconds, for a million members."""
SHARE = 0.35
"""Of the members, in the large segments."""
MOVING = 0.05


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reuse", action="store_true", help="measure the database that the settings name")
    options = options_of(parser, members=2_000, rounds=1)
    if options.reuse:
        return _measure(options)
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder, own_database(Path(folder)) as env:
        os.environ.update(env)
        return _measure(options)


def _measure(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    as_of = datetime.now(UTC).replace(microsecond=0)
    if SHORT:  # the same distance to midnight at every hour: then rules in days find the same members
        as_of = as_of.replace(hour=0, minute=0, second=0)
    if not options.reuse:
        from benchmarks.shops.big_shop import fill

        call_command("migrate", verbosity=0)
        started = time.perf_counter()
        fill(
            members=options.members,
            orders=10 * options.members,
            lines=20 * options.members,
            as_of=as_of,
            seed=SEED,
        )
        print(f"filled in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    print(f"{connection.vendor}, {_counts()}")
    data = f"randomly generated shop of {options.members:,} members, {connection.vendor}"
    with Report("segments", data=data, seed=SEED) as report:
        _report(report, "nightly: figures of all members", [_timed(lambda: _all_figures(as_of))])
        _report(report, "nightly: RFM scores and segments", [_timed(lambda: _rfm(as_of))])
        _previews(report, options.rounds)
        _refreshes(report)
        _nightly_segments(report)
        _one_member(report, options.rounds)
        _overlap(report, options.rounds)
    return 0


def _counts() -> str:
    from membership.models import Member, Order, OrderItem

    rows = {
        model._meta.verbose_name_plural: model._default_manager.count()
        for model in (Member, Order, OrderItem)
    }
    return ", ".join(f"{count:,} {name}" for name, count in rows.items())


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _report(report: Report, title: str, seconds: list[float], note: str = "") -> None:
    spread = f" ({min(seconds):.3f} to {max(seconds):.3f})" if len(seconds) > 1 else ""
    print(f"{title:<58} {statistics.median(seconds):9.3f} s{spread} {note}", flush=True)
    for one in seconds:
        report.add(f"{title.strip()}: s", one, at_most=GOALS.get(title), timed=True)


# --- the nightly run ---------------------------------------------------------------------------------------


def _all_figures(as_of: datetime) -> None:
    from membership.members.figures import refresh_features

    refresh_features(as_of=as_of)


def _rfm(as_of: datetime) -> None:
    from membership.segments.stays import refresh_rfm_segments

    refresh_rfm_segments(as_of=as_of)


def _nightly_segments(report: Report) -> None:
    """Fifty rules: conditions on figures, on the profile, and on what was bought."""
    from membership.segments.by_rule import refresh_all

    for number in range(50 - 2):  # two exist
        days, group = (30, 90, 365)[number % 3], number % 10 + 1
        _segment(
            f"bench-{number}",
            (
                f'bought(category: "G{group} > C{group - 1}", at_least: {number % 3 + 1}, within: {days}d)',
                f"orders_{days}d >= {number % 5 + 1} and last_order_at >= -{days}d",
                f"tier in [gold, platinum] and spend_{days}d > {number * 10}",
                f"last_order_at < -{days}d and orders_total >= {number % 4 + 2}",
            )[number % 4],
        )
    _report(report, "nightly: 50 segments, filled for the first time", [_timed(refresh_all)])
    _report(report, "nightly: 50 segments, again", [_timed(refresh_all)])


def _segment(key: str, text: str) -> Any:
    """An unfilled segment kept by the rule ``text``."""
    from membership.models import Segment, SegmentVersion
    from membership.rules.checking import everything
    from membership.rules.json_form import to_json
    from membership.rules.reading import read_rule

    rule = read_rule(text=text, may=everything)
    Segment.objects.filter(key=key).delete()
    segment = Segment.objects.create(key=key, name=key, kind=Segment.Kind.DYNAMIC)
    SegmentVersion.objects.create(segment=segment, number=1, rule=to_json(rule))
    return segment


# --- previews ---------------------------------------------------------------------------------------------


def _previews(report: Report, rounds: int) -> None:
    from membership.rules.checking import everything
    from membership.rules.reading import read_rule
    from membership.segments.editing import previews as segment_preview

    rule = read_rule(text=BEHAVIOURS, may=everything)
    ours, by_hand, counts = [], [], set()
    for _round in range(rounds + 1):  # the first round fills the caches
        ours.append(_timed(lambda: counts.add(segment_preview.preview(rule=rule, exact=True).count)))
        by_hand.append(_timed(lambda: counts.add(_by_hand())))
    if len(counts) != 1:
        raise SystemExit(f"the two queries disagree: {counts}")
    ratio = statistics.median(ours[1:]) / statistics.median(by_hand[1:])
    report.add("preview of three behaviours, exact: times the SQL by hand", ratio, at_most=1.5, timed=True)
    report.add("preview of three behaviours, exact: members", min(counts))
    _report(report, "preview of three behaviours, exact", ours[1:], f"{counts.pop():,} members")
    _report(report, "  the same by hand", by_hand[1:], f"ours takes {ratio:.2f} times as long")
    wide = read_rule(text=WIDE, may=everything)
    answers: list[Any] = []
    first = [_timed(lambda: answers.append(segment_preview.preview(rule=wide))) for _round in range(rounds)]
    segment_preview.PREVIEW_SECONDS = 600
    exact = _timed(lambda: answers.append(segment_preview.preview(rule=wide, exact=True)))
    guess, truth = answers[0], answers[-1]
    report.add("preview of 60 categories in 365 days: members", truth.count)
    _report(
        report,
        "preview of 60 categories in 365 days, first answer", first,
        f"{guess.low:,} to {guess.high:,}, exact: {guess.exact}",
    )  # fmt: skip
    _report(
        report,
        "  the exact count",
        [exact],
        f"{truth.count:,}: {'in' if guess.low <= truth.count <= guess.high else 'OUTSIDE'} the interval",
    )


def _by_hand() -> int:
    """The best we could write for the same question: index-only ranges, one anti-join, one semi-join."""
    from django.db import connection

    from membership.models.shop import shop_zone

    day = datetime.now(shop_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    since = [(day - timedelta(days=days)).astimezone(UTC) for days in (90, 30)]
    if connection.vendor == "sqlite":
        since = [moment.replace(tzinfo=None) for moment in since]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT COUNT(*) FROM (
                SELECT i.member_id FROM membership_orderitem i
                WHERE i.category_id = (SELECT id FROM membership_category WHERE path = 'G1 > C0')
                  AND i.placed_at >= %s
                  AND i.order_id NOT IN (
                    SELECT id FROM membership_order
                    WHERE status IN ('cancelled', 'refunded', 'held', 'declined') AND placed_at >= %s)
                GROUP BY i.member_id HAVING COUNT(DISTINCT i.order_id) >= 2
            ) AS twice
            JOIN membership_member m ON m.id = twice.member_id
            WHERE m.tier IN ('gold', 'platinum') AND m.status IN ('active', 'frozen')
              AND m.id NOT IN (
                SELECT i.member_id FROM membership_orderitem i
                WHERE i.category_id = (SELECT id FROM membership_category WHERE path = 'G2 > C1')
                  AND i.placed_at >= %s
                  AND i.order_id NOT IN (
                    SELECT id FROM membership_order
                    WHERE status IN ('cancelled', 'refunded', 'held', 'declined') AND placed_at >= %s))
            """,
            [since[0], since[0], since[1], since[1]],
        )
        return int(cursor.fetchone()[0])


# --- refreshes --------------------------------------------------------------------------------------------


def _refreshes(report: Report) -> None:
    """A segment of about a third of the members, of whom a twentieth leave while as many enter."""
    from membership.segments.by_rule import refresh

    threshold = _spend_of_rank(SHARE)
    segment = _segment("bench-large", f"spend_365d >= {threshold}")
    _report(
        report, "first fill of a large segment", [_timed(lambda: refresh(segment=segment))], _size(segment)
    )
    moves: list[tuple[int, int]] = []
    seconds = []
    for _round in range(3):
        _swap(segment, threshold)
        seconds.append(_timed(lambda: moves.append(refresh(segment=segment))))
    _report(
        report, "refresh of it, a twentieth entering and leaving", seconds, f"{moves[-1]} entered and left"
    )
    report.add("refresh of it, a twentieth entering and leaving: members entered", moves[-1][0])
    other = _segment("bench-other", f"orders_365d >= {_orders_of_rank(SHARE)}")
    refresh(segment=other)


def _size(segment: Any) -> str:
    segment.refresh_from_db()
    return f"{segment.member_count:,} members"


def _spend_of_rank(share: float) -> Any:
    from membership.models import MemberFeatures

    rank = int(MemberFeatures.objects.count() * share)
    return MemberFeatures.objects.order_by("-spend_365d").values_list("spend_365d", flat=True)[rank]


def _orders_of_rank(share: float) -> int:
    from membership.models import MemberFeatures

    rank = int(MemberFeatures.objects.count() * share)
    return int(MemberFeatures.objects.order_by("-orders_365d").values_list("orders_365d", flat=True)[rank])


def _swap(segment: Any, threshold: Any) -> None:
    """Lift a twentieth of the size from below the threshold, and drop as many from above it."""
    from membership.models import MemberFeatures

    n = int(segment.member_count * MOVING)
    above = list(MemberFeatures.objects.filter(spend_365d__gte=threshold).values_list("pk", flat=True)[:n])
    below = list(MemberFeatures.objects.filter(spend_365d__lt=threshold).values_list("pk", flat=True)[:n])
    from registry.tables.one_of import OneOf

    MemberFeatures.objects.filter(OneOf("pk", above)).update(spend_365d=0)
    MemberFeatures.objects.filter(OneOf("pk", below)).update(spend_365d=threshold)


def _one_member(report: Report, rounds: int) -> None:
    """What a worker does after one order, with 50 segments; the task runs every three seconds."""
    from membership.members.figures import mark_dirty
    from membership.segments.refreshing import refresh_changed

    seconds = []
    for member_id in range(1, rounds + 1):
        mark_dirty(member_ids=[member_id])
        seconds.append(_timed(lambda: refresh_changed(at_most=2_000)))
    _report(
        report,
        "one order: its member's figures and 50 segments",
        seconds,
        "plus up to 2 s until the task runs",
    )
    for member_id in range(1, 1_001):
        mark_dirty(member_ids=[member_id])
    _report(
        report, "a thousand changed members, 50 segments", [_timed(lambda: refresh_changed(at_most=2_000))]
    )


def _overlap(report: Report, rounds: int) -> None:
    from membership.models import Segment
    from membership.segments.bitmaps import overlap

    segments = [Segment.objects.get(key=key) for key in ("bench-large", "bench-other")]
    answers: list[Any] = []
    seconds = [_timed(lambda: answers.append(overlap(segments=segments))) for _round in range(rounds)]
    _report(
        report, "overlap of two large segments", seconds, f"{answers[0].sizes}: {answers[0].in_all:,} in both"
    )
    report.add("overlap of two large segments: members in both", answers[0].in_all)


if __name__ == "__main__":
    sys.exit(main())
