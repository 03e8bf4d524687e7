"""The colour of each decision, wherever staff see one."""

from __future__ import annotations

from fraud.models import Decision

DECISION_COLOURS = {Decision.APPROVE: "success", Decision.REVIEW: "warning", Decision.DECLINE: "danger"}
