"""The figures of a judgement as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping


def as_json(rows: Iterable[Mapping[str, object]]) -> str:
    """One object a row. A figure that is not defined, as an error over no sales, is null: JSON has no NaN."""
    return json.dumps([{name: _defined(value) for name, value in row.items()} for row in rows], indent=1)


def _defined(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
