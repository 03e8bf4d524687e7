"""Rows that come without a file, as from another system's API: written by the rules of that system's exports.

A row is text by heading, as the export of that system would hold it, numbers with a decimal point and moments
as ISO 8601.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from importing.conventions import fields_for
from importing.files.facts import Facts
from importing.files.frames import Outcome
from importing.files.reading import Chunk
from importing.files.translating import translate
from importing.mapping import Overrides, make_plan
from importing.registry import Choices, import_kind


def import_records(
    *,
    kind: str,
    records: Sequence[Mapping[str, str]],
    preset: str | None,
    now: datetime,
    source: str,
    reason: str = "",
) -> Outcome:
    """Write the rows, in the caller's transaction. Rows of one order stand together.

    What is unknown is created, and what changed is updated; ``source`` and ``reason`` go into the history of
    orders. Contacts are not compared within ``records``: rows one by one or together come to the same.
    Raises BadFile when a column that must be there is not.
    """
    import numpy as np
    import pyarrow as pa

    headings = list(dict.fromkeys(name for record in records for name in record))
    plan = make_plan(kind=kind, headings=headings, overrides=Overrides(preset=preset))
    original = pa.table(
        {name: pa.array([record.get(name, "") for record in records], pa.string()) for name in plan.headings}
    )
    table = translate(original, plan)
    fields = import_kind(kind).fields(now)
    facts = Facts(plan=plan, fields=fields)
    facts.see(table)
    reading = fields_for(plan, now=now, decimal_comma=False, date_order={})
    there = {*plan.sources, *plan.constants}
    importer = import_kind(kind).importer()(
        fields=reading,
        columns={spec.name: spec.name for spec in reading if spec.name in there},
        choices=Choices(
            now=now, unknown="create", rules=plan.rules, facts={"parents": facts.parents}, source=source,
            reason=reason,
        ),
    )  # fmt: skip
    numbers = np.arange(1, len(records) + 1)
    chunk = Chunk(table=table, numbers=numbers, malformed=[], end=len(records), original=original)
    outcome: Outcome = importer.write(importer.prepare(chunk))
    return outcome
