"""Noting which list was shown to whom, so that what follows can be credited to whoever chose it."""

from __future__ import annotations

import json
import logging

from django.db import DatabaseError
from django.utils import timezone

from recommendations.models import Exposure
from recommendations.services.experiments import Assignment
from recommendations.services.serving.member_lists import Served
from registry.quiet_cache import is_first
from registry.tables.bulk import insert_rows

logger = logging.getLogger(__name__)
COLUMNS = (
    "member_id", "surface", "day", "source", "model_version_id", "experiment_id", "arm", "products",
    "shown_at",
)  # fmt: skip
SECONDS_OF_A_DAY = 86_400


def note_exposure(*, served: Served, assignment: Assignment | None = None) -> bool:
    """Keep that this list was shown today; whether it was new. One row a member, surface, source and day.

    The cache remembers what is kept already, so that most answers write nothing. A database that is busy
    costs the note, never the answer.
    """
    if not served.products:
        return False
    now = timezone.now()
    day, arm = timezone.localdate(now), assignment.arm.name if assignment is not None else ""
    key = f"recommendations:shown:{served.member.pk}:{served.surface}:{day}:{served.source}:{arm}"
    if not is_first(key, seconds=SECONDS_OF_A_DAY):
        return False
    row = (
        served.member.pk,
        served.surface,
        day,
        served.source,
        served.model_version.pk if served.model_version is not None else None,
        assignment.experiment_id if assignment is not None else None,
        arm,
        json.dumps([one.product.pk for one in served.products]),
        now,
    )
    try:
        return insert_rows(model=Exposure, columns=COLUMNS, rows=[row], ignore_conflicts=True) > 0
    except DatabaseError:
        logger.warning("an exposure of member %s could not be kept", served.member.pk, exc_info=True)
        return False
