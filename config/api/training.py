"""``training-runs/`` with idempotency keys: the registry makes the runs, membership keeps the keys."""

from __future__ import annotations

from membership.access.idempotency import idempotent
from registry.api.views import TrainingRunsView


class RunsView(TrainingRunsView):
    post = idempotent(TrainingRunsView.post)
