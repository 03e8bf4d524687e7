"""The shop's members as the columns that the search works on."""

from __future__ import annotations

from array import array
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from membership.models import Member, Order

if TYPE_CHECKING:
    from membership.duplicates.ml.people import People, Uses

CHUNK = 20_000


def read_people() -> People:
    """All members that are neither merged nor erased, by id, with what their orders used."""
    from membership.duplicates.ml.people import People

    people = People()
    columns = ("pk", "name", "email", "phone", "birth_date")
    rows = Member.objects.reachable().order_by("pk").values_list(*columns)
    for pk, name, email, phone, born in rows.iterator(chunk_size=CHUNK):
        people.add(id=pk, name=name, email=email or "", phone=phone or "", birth_date=_number(born))
    people.uses = _uses(np.frombuffer(people.ids, dtype=np.int64)) if len(people) else {}
    return people


def _number(day: date | None) -> int:
    return day.year * 10_000 + day.month * 100 + day.day if day is not None else 0


def _uses(ids: NDArray[np.int64]) -> dict[str, Uses]:
    """kind → who used what; orders of members that are not among ``ids`` (ascending) are left out."""
    from membership.duplicates.ml.people import USES, Uses

    members = {kind: array("q") for kind in USES}
    values = {kind: array("q") for kind in USES}
    columns = [f"{kind}_fingerprint" for kind in USES]
    orders = Order.objects.order_by().values_list("member_id", *columns)
    for member_id, *used in orders.iterator(chunk_size=CHUNK):
        for kind, value in zip(USES, used, strict=True):
            if value:
                members[kind].append(member_id)
                values[kind].append(hash((kind, value)))
    found = {}
    for kind in USES:
        wanted = np.frombuffer(members[kind], dtype=np.int64)
        rows = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        known = ids[rows] == wanted
        found[kind] = Uses(rows[known], np.frombuffer(values[kind], dtype=np.int64)[known])
    return found
