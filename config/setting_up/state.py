"""How far the first set-up is: one small JSON file in ``var/``, written whole or not at all.

The set-up process writes it, the progress page reads it. It holds nothing secret.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

PENDING, RUNNING, DONE, FAILED = "pending", "running", "done", "failed"

TITLES = {
    "generate": _("Demo shop: making its files"),
    "products": _("Importing products"),
    "members": _("Importing members"),
    "orders": _("Importing orders"),
    "labels": _("Importing fraud labels"),
    "promotions": _("Importing promotions"),
    "events": _("Importing events"),
    "queue": _("Asking for the models"),
    "loyalty": _("Consents and points"),
    "features": _("Member features and segments"),
    "recommendations": _("Training recommendations"),
    "fraud": _("Training fraud detection"),
    "forecasts": _("Training forecasts"),
    "demand": _("Training demand forecasts"),
}


@dataclass
class PhaseState:
    """One phase; ``fraction`` from 0 to 1, ``seconds`` so far, ``note`` in the shop's words."""

    key: str
    status: str = PENDING
    fraction: float = 0.0
    seconds: float = 0.0
    note: str = ""


@dataclass
class SetupState:
    """All phases in order. ``finished`` once nothing is left to do; ``error`` when a phase gave up."""

    phases: list[PhaseState] = field(default_factory=list)
    finished: bool = False
    error: str = ""


def state_path() -> Path:
    return Path(settings.VAR_DIR) / "setup.json"


def read_state() -> SetupState | None:
    """The state, or None where no set-up has ever begun."""
    try:
        stored = json.loads(state_path().read_text(encoding="utf-8"))
        phases = [PhaseState(**phase) for phase in stored.pop("phases")]
        return SetupState(phases=phases, **stored)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None  # a file of another version of the program says nothing to this one


def write_state(state: SetupState) -> None:
    path = state_path()
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(asdict(state)), encoding="utf-8")
    fresh.replace(path)


def is_unfinished() -> bool:
    """Whether a set-up has begun and is not done yet."""
    state = read_state()
    return state is not None and not state.finished
