"""The file's columns as ours: the first of several that has a value, constants, day and time in one."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from importing.mapping import WITH_TIME, WITH_ZONE, Plan
from importing.texts.entities import columns_without_entities

if TYPE_CHECKING:
    import pyarrow as pa

SIGNED = ("line_total", "line_gross", "order_total", "order_subtotal", "order_gross", "order_paid")
"""Amounts whose minus sign makes a row a return; the first of them that the file has."""
MOST_SHORT = 20
"""Characters of a part of an order number that is made."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
TAKEN_BACK = r"^\s*'?\s*[^\d\s.,]{0,4}\s*[-−(].*[1-9]|[1-9].*-\s*$"


def translate(table: pa.Table, plan: Plan) -> pa.Table:
    """One column for each of ours that the file has, or that the preset gives a constant for."""
    import pyarrow as pa

    columns: dict[str, pa.ChunkedArray] = {}
    for name, headings in plan.sources.items():
        column = table.column(headings[0])
        for heading in headings[1:]:
            column = _first_of(column, table.column(heading))
        columns[name] = column
    for name, value in plan.constants.items():
        constant = pa.chunked_array([pa.array([value] * table.num_rows, pa.string())])
        columns[name] = _first_of(columns[name], constant) if name in columns else constant
    _join_moments(columns)
    if names := plan.rules.get("number_from"):
        columns["order_no"] = _numbers_from([columns[name] for name in names if name in columns])
    if plan.rules.get("number_in_brackets") and "member_no" in columns:
        columns["member_no"] = _in_brackets(columns["member_no"])
    if plan.kind == "products" and len(plan.sources.get("option", ())) > 1:
        columns["option"] = _listed([table.column(name) for name in plan.sources["option"]], plan)
    columns_without_entities(columns)
    if plan.kind == "orders" and {"order_no", "quantity"} <= set(columns):
        columns["quantity"] = _with_sign(columns)
        columns["order_no"] = _with_returns(columns)
    return pa.table(columns)


def _join_moments(columns: dict[str, pa.ChunkedArray]) -> None:
    """Day, time of day and time zone that stand in columns of their own as one."""
    for day, clock in WITH_TIME.items():
        if day in columns and clock in columns:
            columns[day] = _with_time(columns[day], columns[clock])
        columns.pop(clock, None)
    for day, zone in WITH_ZONE.items():
        if day in columns and zone in columns:
            columns[day] = _followed_by(columns[day], columns[zone])
        columns.pop(zone, None)


def _in_brackets(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """``Ana Lima (ana77)`` is ``ana77``."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(_text(column), r"^.*\(([^()]+)\)\s*$", r"\1")


def _numbers_from(columns: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Order numbers for a file without: rows that agree in these columns, moments by their day, are one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = []
    for column in columns:
        codes = _text(column).combine_chunks().dictionary_encode()
        codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
        short = pa.array([_short(value) for value in codes.dictionary.to_pylist()], pa.string())
        parts.append(pc.take(short, codes.indices))
    made = pc.binary_join_element_wise(*parts, "/", null_handling="replace", null_replacement="")
    return pa.chunked_array([made])


def _short(value: str | None) -> str:
    """A day without its time; a long number by its fingerprint."""
    text = (value or "").strip()
    if _DAY.match(text):
        return text[:10]
    return text if len(text) <= MOST_SHORT else hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _with_sign(columns: dict[str, pa.ChunkedArray]) -> pa.ChunkedArray:
    """Quantities; negative where only the amount of the row says that it takes something back."""
    import pyarrow as pa
    import pyarrow.compute as pc

    quantity = columns["quantity"]
    name = next((one for one in SIGNED if one in columns), None)
    if name is None or not pa.types.is_string(quantity.type):
        return quantity
    back = pc.fill_null(pc.match_substring_regex(_text(columns[name]), TAKEN_BACK), False)
    if not pc.any(back).as_py():
        return quantity
    back = pc.and_(back, pc.fill_null(pc.match_substring_regex(quantity, r"^\s*[1-9]"), False))
    return pc.if_else(back, pc.binary_join_element_wise("-", pc.utf8_trim_whitespace(quantity), ""), quantity)


def _with_returns(columns: dict[str, pa.ChunkedArray]) -> pa.ChunkedArray:
    """Order numbers; a return without one gets its own, so that it stands as a return of its member."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = columns["order_no"]
    if numbers.null_count == 0 and not pa.types.is_string(numbers.type):
        return numbers
    texts = _text(numbers)
    missing = pc.or_(pc.is_null(texts), pc.fill_null(pc.equal(texts, ""), True))
    back = pc.fill_null(pc.starts_with(_text(columns["quantity"]), "-"), False)
    wanted = pc.and_(missing, back)
    if not pc.any(wanted).as_py():
        return numbers
    parts = [_text(columns[name]) for name in ("member_no", "email", "placed_at") if name in columns]
    made = pc.binary_join_element_wise("return", *(pc.fill_null(part, "") for part in parts), "-")
    return pc.if_else(wanted, pc.utf8_slice_codeunits(made, 0, 60), texts)


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def _is_empty(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without a value: also one that only a quote mark stands in, or a word for "nothing"."""
    import pyarrow.compute as pc

    return pc.or_(
        pc.fill_null(pc.equal(column, ""), True),
        pc.fill_null(
            pc.match_substring_regex(column, r"^\s*'?(null|none|nan|n/a|-)?\s*$", ignore_case=True), True
        ),
    )


def _first_of(first: pa.ChunkedArray, second: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    if first.type == second.type and first.null_count == 0 and not str(first.type).startswith("string"):
        return first
    first, second = _text(first), _text(second)
    return pc.if_else(_is_empty(first), second, first)


def _with_time(day: pa.ChunkedArray, clock: pa.ChunkedArray) -> pa.ChunkedArray:
    """``2026-03-02`` and ``14:05`` as one; a midnight that a spreadsheet added is dropped."""
    import pyarrow.compute as pc

    day, clock = _text(day), _text(clock)
    plain = pc.replace_substring_regex(day, r"[T ]00:00:00.*$", "")
    clock = pc.replace_substring_regex(clock, r"^\d{4}-\d\d-\d\d[T ]", "")
    return pc.if_else(_is_empty(clock), day, pc.binary_join_element_wise(plain, clock, " "))


def _followed_by(moment: pa.ChunkedArray, zone: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    moment, zone = _text(moment), _text(zone)
    none = pc.or_(_is_empty(zone), _is_empty(moment))
    return pc.if_else(none, moment, pc.binary_join_element_wise(moment, zone, " "))


def _listed(columns: list[pa.ChunkedArray], plan: Plan) -> pa.ChunkedArray:
    """Several options as ``S / Red``; a word that the preset reads as nothing is left out."""
    import pyarrow as pa

    nothing = {word for word, ours in plan.values.get("option", {}).items() if not ours}
    rows = zip(*(_text(column).to_pylist() for column in columns), strict=True)
    texts = [" / ".join(value for value in row if value and value.casefold() not in nothing) for row in rows]
    return pa.chunked_array([pa.array(texts, pa.string())])
