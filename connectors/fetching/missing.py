"""Something that a message refers to and that is not here yet, asked of the shop at once."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone

from connectors.applying.dispatch import apply_items
from connectors.applying.known import Context
from connectors.fetching.errors import ShopProblem
from connectors.fetching.shops import api_of
from connectors.models import Connection
from connectors.objects import BadMessage, Missing
from connectors.sealing import SealBroken

logger = logging.getLogger(__name__)


def fetch_missing(*, connection: Connection, kind: str, source_id: str) -> bool:
    """Whether the shop had it and it was written."""
    if not connection.can_fetch:
        return False
    try:
        api = api_of(connection)
        try:
            items = api.one(kind=kind, source_id=source_id)
        finally:
            api.close()
        with transaction.atomic():
            context = Context(connection=connection, now=timezone.now(), reason="fetched")
            result = apply_items(items, context)
    except (ShopProblem, SealBroken, BadMessage, Missing):
        logger.warning("%s %s of %s could not be fetched", kind, source_id, connection, exc_info=True)
        return False
    return bool(items) and not result.is_refused
