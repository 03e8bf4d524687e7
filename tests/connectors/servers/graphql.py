"""So much of GraphQL as an API of lists needs: selections, arguments, variables, pages and what they cost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(r'"[^"]*"|[A-Za-z_]\w*|\$\w+|-?\d+|[{}():,!]')


class Wrong(Exception):
    """The query asks for what the schema does not have."""


@dataclass
class Selection:
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: list[Selection] = field(default_factory=list)


def parse(query: str, variables: Mapping[str, Any]) -> list[Selection]:
    tokens = TOKEN.findall(query)
    at = tokens.index("{")
    fields, _at = _fields(tokens, at + 1, variables)
    return fields


def _fields(tokens: list[str], at: int, variables: Mapping[str, Any]) -> tuple[list[Selection], int]:
    selections: list[Selection] = []
    while tokens[at] != "}":
        one = Selection(tokens[at])
        at += 1
        if tokens[at] == "(":
            at += 1
            while tokens[at] != ")":
                name, value = tokens[at], tokens[at + 2]
                one.arguments[name] = _value(value, variables)
                at += 3 + (tokens[at + 3] == ",")
            at += 1
        if tokens[at] == "{":
            one.fields, at = _fields(tokens, at + 1, variables)
        selections.append(one)
    return selections, at + 1


def _value(text: str, variables: Mapping[str, Any]) -> Any:
    if text.startswith("$"):
        return variables.get(text[1:])
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdecimal() else text.strip('"')


def cost(fields: list[Selection], times: int = 1) -> int:
    """A point for each object that could be returned."""
    total = 0
    for one in fields:
        if one.fields:
            n = times * int(one.arguments.get("first") or 1)
            total += n + cost(one.fields, n)
    return total


def selected(data: Any, fields: list[Selection], where: str) -> Any:
    """``data`` with the fields that were request for. Lists with ``first`` are pages. Raises Wrong."""
    if data is None:
        return None
    if isinstance(data, list):
        return [selected(one, fields, where) for one in data]
    if not isinstance(data, dict):
        if fields:
            raise Wrong(f"{where} has no fields")
        return data
    result = {}
    for one in fields:
        if one.name not in data:
            raise Wrong(f"Field '{one.name}' doesn't exist on type '{where}'")
        value = data[one.name]
        if isinstance(value, list) and "first" in one.arguments:
            value = page(value, first=one.arguments["first"], after=one.arguments.get("after"))
        result[one.name] = selected(value, one.fields, f"{where}.{one.name}")
    return result


def page(rows: list[Any], *, first: int, after: str | None) -> dict[str, Any]:
    """After the row whose cursor it is: that of another row stays valid when rows come or go."""
    start = int(after or 0)
    some = rows[start : start + first]
    end = start + len(some)
    return {"nodes": some, "pageInfo": {"hasNextPage": end < len(rows), "endCursor": str(end)}}
