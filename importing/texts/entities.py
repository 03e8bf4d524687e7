"""``&quot;``, ``&#039;`` and the like, which systems of the web leave in names, as what they mean."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

READ_AS_TEXT = (
    "name", "first_name", "last_name", "buyer_name", "product_name", "option", "category", "brand", "tags",
    "coupon", "payment_method", "status",
)  # fmt: skip
"""Our columns that people write in words."""
ENTITY = r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
_ENTITY = re.compile(ENTITY)
TWICE = 2  # some systems write ``&amp;quot;``


def without_entities(text: str) -> str:
    """``Tea &amp; Cup`` is ``Tea & Cup``; what is no entity stays as it is."""
    for _time in range(TWICE):
        if "&" not in text:
            break
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return text


def columns_without_entities(columns: dict[str, pa.ChunkedArray]) -> None:
    """The same for the columns that are read as text; each distinct value is looked at once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in READ_AS_TEXT:
        column = columns.get(name)
        if column is None or not pa.types.is_string(column.type):
            continue
        if not pc.any(pc.match_substring_regex(column, ENTITY)).as_py():
            continue
        columns[name] = pa.chunked_array([_plain(chunk) for chunk in column.chunks], pa.string())


def _plain(chunk: pa.Array) -> pa.Array:
    import pyarrow as pa

    coded = chunk.dictionary_encode()
    texts = [text and without_entities(text) for text in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)
