"""Rows by the id that the API shows."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db import models
from django.http import Http404

Row = TypeVar("Row", bound=models.Model)


def by_public_id(rows: models.QuerySet[Row], public_id: UUID, message: str) -> Row:
    """The one of ``rows`` with this public id. Raises Http404 with ``message``, which holds %s for the id."""
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404(message % public_id)
    return row
