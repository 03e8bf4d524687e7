"""Background work on duplicates. Each task calls one service."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="membership.tasks.find_duplicates")
def find_duplicates() -> int:
    """Compare all members with one another; how many likely pairs there are."""
    from membership.duplicates.searching import search_duplicates

    return search_duplicates().found


@shared_task(name="membership.tasks.find_new_duplicates")
def find_new_duplicates() -> int:
    """Compare the members that have changed with all; how many likely pairs they are in."""
    from membership.duplicates.searching import search_changed

    search = search_changed()
    return search.found if search is not None else 0
