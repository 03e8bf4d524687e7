"""Where Celery looks for this app's tasks; each subject keeps its own. Task names never change."""

from membership.access.tasks import forget_idempotency_keys
from membership.currencies.tasks import apply_exchange_rates
from membership.duplicates.tasks import find_duplicates, find_new_duplicates
from membership.loyalty.tasks import earn_from_imports, give_birthday_points, review_tiers, settle_points
from membership.merges.tasks import forget_old_merges, move_late_rows
from membership.segments.tasks import (
    fill_look_alikes,
    fill_waiting_look_alikes,
    refresh_all_members,
    refresh_changed_members,
    refresh_clusters,
    refresh_due_segments,
    refresh_dynamic_segments,
    refresh_rfm,
)

__all__ = [
    "apply_exchange_rates",
    "earn_from_imports",
    "fill_look_alikes",
    "fill_waiting_look_alikes",
    "find_duplicates",
    "find_new_duplicates",
    "forget_idempotency_keys",
    "forget_old_merges",
    "give_birthday_points",
    "move_late_rows",
    "refresh_all_members",
    "refresh_changed_members",
    "refresh_clusters",
    "refresh_due_segments",
    "refresh_dynamic_segments",
    "refresh_rfm",
    "review_tiers",
    "settle_points",
]
