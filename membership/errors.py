"""What a service says when it cannot do what was asked. The API answers 400 or 409, a form shows the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field; ``field`` is a path such as ``lines.0.sku``, "" for the whole."""

    field: str
    message: str


class ServiceError(Exception):
    """The base of both: one clear message, and the fields it is about."""

    def __init__(self, message: str, *, errors: Iterable[FieldError] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = list(errors)


class Rejected(ServiceError):
    """The input cannot be right; nothing was written."""


class Conflict(ServiceError):
    """The input may be right, but what is stored speaks against it; nothing was written."""


def rejected(field: str, message: str) -> Rejected:
    """A Rejected about one field."""
    return Rejected(message, errors=[FieldError(field, message)])


def flat_errors(detail: object, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested error details as (field path, message) pairs."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            here = path if key == "non_field_errors" else f"{path}.{key}" if path else str(key)
            yield from flat_errors(value, here)
    elif isinstance(detail, (list, tuple)):
        for index, value in enumerate(detail):
            nested = isinstance(value, (Mapping, list, tuple))
            yield from flat_errors(value, (f"{path}.{index}" if path else str(index)) if nested else path)
    else:
        yield {"field": path, "message": str(detail)}
