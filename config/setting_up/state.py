"""How far the first set-up is: one small JSON file in ``var/``, written whole or not at all.

The set-up process writes it, the progress page reads it. A shop is *open* once its data is loaded and every
page works, with first models by light recipes, and *complete* once the full ones have been trained as well.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from learning.step_texts import to_stored

NOTE_LENGTH = 400
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
    "queue-rest": _("Asking for the other models"),
    "loyalty": _("Consents and points"),
    "features": _("Member features and segments"),
    "recommendations": _("First model: recommendations"),
    "fraud": _("First model: fraud detection"),
    "forecasts": _("First model: forecasts"),
    "demand": _("First model: demand forecasts"),
    "similar": _("Similar products"),
    "full-recommendations": _("Fuller model: recommendations"),
    "full-fraud": _("Fuller model: fraud detection"),
    "full-forecasts": _("Fuller model: forecasts"),
    "full-demand": _("Fuller model: demand forecasts"),
}


@dataclass
class PhaseState:
    """One phase; ``fraction`` from 0 to 1, ``seconds`` so far, ``note`` as a step text."""

    key: str
    status: str = PENDING
    fraction: float = 0.0
    seconds: float = 0.0
    note: str = ""


@dataclass
class SetupState:
    """All phases in order; whether the shop is open, and complete; the ``error`` of a phase that gave up."""

    phases: list[PhaseState] = field(default_factory=list)
    open: bool = False
    complete: bool = False
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
    document = asdict(state)
    for phase in document["phases"]:
        phase["note"] = to_stored(phase["note"], most=NOTE_LENGTH)
    fresh.write_text(json.dumps(document), encoding="utf-8")
    fresh.replace(path)


def is_unfinished() -> bool:
    """Whether a set-up has begun and the shop is not open yet."""
    state = read_state()
    return state is not None and not state.open
