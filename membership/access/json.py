"""JSON in and out by orjson: fast, and strict about what a database could not store."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from learning.json_types import JsonMapping


class JsonParser(BaseParser):
    """Refuses NaN, broken UTF-8, lone surrogates, bottomless nesting and NUL characters.

    Reads through ``request.body``, where Django's DATA_UPLOAD_MAX_MEMORY_SIZE applies.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: JsonMapping | None = None
    ) -> Any:
        body = stream.body if hasattr(stream, "body") else stream.read()
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(_("The body is not JSON: %s") % error) from error
        if rb"\u0000" in body and _holds_nul(data):
            raise ParseError(_("The body holds a NUL character, which cannot be stored."))
        return data


class JsonRenderer(BaseRenderer):
    """Decimals become strings, so that no digit of an amount is lost."""

    media_type = "application/json"
    format = "json"
    charset = None  # JSON is UTF-8

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: JsonMapping | None = None,
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Promise):
        return force_str(value)
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _holds_nul(data: Any) -> bool:
    if isinstance(data, str):
        return "\0" in data
    if isinstance(data, dict):
        return any(_holds_nul(key) or _holds_nul(value) for key, value in data.items())
    return isinstance(data, list) and any(_holds_nul(value) for value in data)
