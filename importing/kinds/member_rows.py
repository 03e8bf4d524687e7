"""Rows of a members file as people: names put together, contacts checked, a number for those without one."""

from __future__ import annotations

from collections.abc import Mapping

from importing.files.frames import CleanColumn, Note, Outcome
from importing.kinds.contacts import Shared, full_name, has_extension, made_number, refusal
from learning.json_types import JsonObject
from membership.models.shop import the_shop

MemberRow = JsonObject
"""Column -> its cleaned value, None without one."""


def member_rows(
    clean: Mapping[str, CleanColumn], *, outcome: Outcome, shared: Shared, makes_numbers: bool
) -> list[MemberRow]:
    """Rows as dicts; phones are read with their member's country, and a country may come from the phone."""
    columns = {name: column.objects() for name, column in clean.items()}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    for position, row in enumerate(rows):
        first, last = row.pop("first_name", None), row.pop("last_name", None)
        row["name"] = row.get("name") or full_name(first, last)
        _clean_contacts(position, row, outcome=outcome, shared=shared)
        if makes_numbers and not row.get("member_no"):
            row["member_no"] = (
                row.get("email")
                or row.get("phone")
                or made_number(row.get("name"), row.get("birth_date"))
                or None
            )
        if (row.get("member_no") or "").casefold() == row.get("email"):
            row["member_no"] = row["email"]  # a number that is an address has one spelling
        row.setdefault("member_no", None)
    return rows


def _clean_contacts(position: int, row: MemberRow, *, outcome: Outcome, shared: Shared) -> None:
    from membership.cleaning.values import Unclean, clean_phone, country_of_phone

    for name in ("email", "phone"):
        if row.get(name) and (code := refusal(name, row[name], shared=shared)):
            _drop(position, row, name, code, outcome)
    if not row.get("phone"):
        return
    text = row["phone"]
    try:
        row["phone"] = clean_phone(text, region=row.get("country") or the_shop().country)
    except Unclean as error:
        outcome.flagged["phone_left_empty"] += 1
        outcome.remarks.append(Note(position, "phone", error.code))
        row["phone"] = None
        return
    if has_extension(text):
        outcome.flagged["extension_dropped"] += 1
        outcome.remarks.append(Note(position, "phone", "extension_dropped"))
    if row["phone"] and not row.get("country") and (country := country_of_phone(row["phone"])):
        row["country"] = country
        outcome.imputed["country"] += 1


def _drop(position: int, row: MemberRow, name: str, code: str, outcome: Outcome) -> None:
    row[name] = None
    outcome.flagged[code] += 1
    outcome.remarks.append(Note(position, name, code))
