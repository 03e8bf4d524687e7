"""Trying a rule: the exact count when it is quick, else an estimate first and the count on request."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Window
from django.utils import timezone

from membership.models import Member
from membership.rules.compiling import members_of
from membership.rules.nodes import Node
from membership.rules.running import Run, TooSlow, limited

QUICK_SECONDS = 0.2
PREVIEW_SECONDS = 20.0
EXAMPLES = 5
SAMPLE = 8_000
SAMPLE_SEED = 1_297  # the same members every time, so that an estimate does not flicker while one types
Z_95 = 1.959964


@dataclass(frozen=True)
class Preview:
    """How many members a rule describes now, five of them, and the rule.

    ``low`` and ``high`` are the ends of a 95 % interval where ``exact`` is false, and the count otherwise.
    """

    rule: Node
    count: int
    exact: bool
    low: int
    high: int
    examples: list[Member]


def preview(*, rule: Node, exact: bool = False, ticket: str = "") -> Preview:
    """Try a rule. Without ``exact`` the answer may be an estimate, which is there in about a second.

    A newer preview on the same ``ticket`` stops this one, as ``running.stop`` does. Raises TooSlow, Stopped.
    """
    run = Run(ticket) if ticket else None
    try:
        return _counted(rule, seconds=PREVIEW_SECONDS if exact else QUICK_SECONDS, run=run)
    except TooSlow:
        if exact:
            raise
    return _estimated(rule, run=run)


def _counted(rule: Node, *, seconds: float, run: Run | None) -> Preview:
    # one query returns the count and the examples
    members = members_of(rule, as_of=timezone.now()).annotate(total=Window(Count("pk")))
    with limited(seconds=seconds, run=run):
        rows = list(members.values_list("pk", "total")[:EXAMPLES])  # any five: an order would cost
    count = rows[0][1] if rows else 0
    return Preview(rule, count, True, count, count, _members([pk for pk, _total in rows]))


def _estimated(rule: Node, *, run: Run | None) -> Preview:
    """From a random sample of ids. An unused id counts as a member outside the rule; few ids are unused."""
    ends = Member.objects.aggregate(first=Min("pk"), last=Max("pk"))
    ids = range(ends["first"] or 0, (ends["last"] or 0) + 1)
    if len(ids) <= SAMPLE:
        return _counted(rule, seconds=PREVIEW_SECONDS, run=run)
    sample = random.Random(SAMPLE_SEED).sample(ids, SAMPLE)  # noqa: S311  # a sample, no secret
    with limited(seconds=PREVIEW_SECONDS, run=run):
        matching = list(members_of(rule, as_of=timezone.now(), among=sample).values_list("pk", flat=True))
    low, high = wilson_interval(len(matching), SAMPLE)
    scale = len(ids)
    count = round(len(matching) / SAMPLE * scale)
    return Preview(
        rule, count, False, math.floor(low * scale), math.ceil(high * scale), _members(matching[:EXAMPLES])
    )


def wilson_interval(hits: int, n: int, *, z: float = Z_95) -> tuple[float, float]:
    """The ends of the score interval of a share (Wilson 1927): right also for shares near 0 and 1."""
    share, spread = hits / n, z * z / n
    middle = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return max(0.0, min(low, share)), min(1.0, max(high, share))  # rounding must not shut the share out


def _members(ids: list[int]) -> list[Member]:
    return list(Member.objects.filter(pk__in=ids).order_by("pk"))
