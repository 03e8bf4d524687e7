"""Look for duplicates and store what was found: all members at night, changed ones in between."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import orjson
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from numpy.typing import NDArray

from membership.duplicates.reading import read_people
from membership.models import DuplicateCandidate, DuplicateSearch, Member, Order
from registry.tables.bulk import upsert_rows
from registry.tables.one_of import OneOf

if TYPE_CHECKING:
    from membership.duplicates.ml.finding import Likely
    from membership.duplicates.ml.people import People

Pair = tuple[int, int]
"""Ids of two members, the smaller one first."""
USED = ("same_address", "same_device", "same_payment")
CHUNK = 5_000
SEARCHES_KEPT = 100
COLUMNS = (
    "public_id",
    "low_id",
    "high_id",
    "probability",
    "reasons",
    "facts",
    "state",
    "found_at",
    "decided_by",
)
OPEN = DuplicateCandidate.State.OPEN


def search_duplicates() -> DuplicateSearch:
    """Compare all members with one another, and store the likely pairs. Safe to repeat."""
    return _search(None)


def search_changed() -> DuplicateSearch | None:
    """Compare the members that changed or ordered since the last search with all; None where none did.

    Without an earlier search all are compared.
    """
    last = DuplicateSearch.objects.first()
    if last is None:
        return search_duplicates()
    changed = set(Member.objects.filter(updated_at__gte=last.started_at).values_list("pk", flat=True))
    orders = Order.objects.filter(pk__gt=last.last_order)
    changed |= set(orders.order_by().values_list("member_id", flat=True).distinct())
    return _search(changed) if changed else None


def _search(changed: set[int] | None) -> DuplicateSearch:
    from membership.duplicates.ml.finding import find_likely

    started_at = timezone.now()
    last_order = Order.objects.aggregate(last=Max("pk"))["last"] or 0
    people = read_people()
    mask = None if changed is None else _mask(people, changed)
    found = find_likely(people, lowest=DuplicateCandidate.KEPT, changed=mask)
    stored = _store(people, found.likely, changed=changed, at=started_at)
    search = DuplicateSearch.objects.create(
        started_at=started_at, finished_at=timezone.now(), whole=changed is None, members=len(people),
        compared=found.compared, found=stored, left_out=found.left_out, last_order=last_order,
    )  # fmt: skip
    kept = DuplicateSearch.objects.values_list("pk", flat=True)[:SEARCHES_KEPT]
    DuplicateSearch.objects.exclude(pk__in=list(kept)).delete()
    return search


def _mask(people: People, changed: set[int]) -> NDArray[np.bool_]:
    return np.isin(np.frombuffer(people.ids, dtype=np.int64), np.fromiter(changed, dtype=np.int64))


def _store(people: People, likely: list[Likely], *, changed: set[int] | None, at: datetime) -> int:
    """Write the pairs of ``likely``, forget open ones that are none any more; how many are stored."""
    pairs = {(people.ids[one.first], people.ids[one.second]): one for one in likely}
    facts = {pair: _facts(people, one) for pair, one in pairs.items()}
    with transaction.atomic():
        _forget(keep=pairs.keys(), changed=changed)
        decided = _decided(facts, at=at)
        rows = [
            (uuid.uuid4(), *pair, one.probability, _as_json(one), facts[pair], OPEN.value, at, "")
            for pair, one in pairs.items()
            if pair not in decided
        ]
        there = _there({number for row in rows for number in row[1:3]})
        return upsert_rows(
            model=DuplicateCandidate,
            columns=COLUMNS,
            rows=[row for row in rows if row[1] in there and row[2] in there],
            conflict=("low_id", "high_id"),
            update=("probability", "reasons", "facts"),
        )


def _as_json(one: Likely) -> str:
    return orjson.dumps([{"code": reason.level, "weight": reason.weight} for reason in one.reasons]).decode()


def _facts(people: People, one: Likely) -> str:
    """A hash of what was compared: who the two are, and which things both used."""
    known = [
        (people.names[row], people.emails[row], people.phones[row], people.birth_dates[row])
        for row in (one.first, one.second)
    ]
    used = sorted(reason.level for reason in one.reasons if reason.level in USED)
    return hashlib.blake2b(orjson.dumps([known, used]), digest_size=16).hexdigest()


def _forget(*, keep: Iterable[Pair], changed: set[int] | None) -> None:
    """Delete the open pairs that were searched for and not found again."""
    wanted = set(keep)
    gone = [
        pk
        for pk, low, high in DuplicateCandidate.objects.open().values_list("pk", "low_id", "high_id")
        if (low, high) not in wanted and (changed is None or low in changed or high in changed)
    ]
    for start in range(0, len(gone), CHUNK):
        DuplicateCandidate.objects.filter(OneOf("pk", gone[start : start + CHUNK]), state=OPEN).delete()


def _decided(facts: Mapping[Pair, str], *, at: datetime) -> set[Pair]:
    """The pairs that staff have decided on. A dismissed one whose facts have changed is opened again."""
    decided, reopened = set(), []
    rows = DuplicateCandidate.objects.exclude(state=OPEN).select_for_update()
    for row in rows.only("pk", "low_id", "high_id", "state", "facts"):
        pair = (row.low_id, row.high_id)
        if row.state == DuplicateCandidate.State.DISMISSED and facts.get(pair, row.facts) != row.facts:
            reopened.append(row.pk)
        else:
            decided.add(pair)
    if reopened:
        DuplicateCandidate.objects.filter(OneOf("pk", reopened)).update(
            state=OPEN, found_at=at, decided_at=None, decided_by=""
        )
    return decided


def _there(ids: set[int]) -> set[int]:
    """Those of the members that are still there: others may have gone while the search ran."""
    wanted = sorted(ids)
    found: set[int] = set()
    for start in range(0, len(wanted), CHUNK):
        some = Member.objects.reachable().filter(OneOf("pk", wanted[start : start + CHUNK]))
        found |= set(some.values_list("pk", flat=True))
    return found
