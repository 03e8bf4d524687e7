"""What the environment says about the first set-up."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

from django.conf import settings

from config.setting_up.runner import PhaseError


@dataclass(frozen=True)
class SetupOptions:
    """Whether to load the demo shop, and how many of its households (None: all)."""

    demo: bool
    households: int | None = None

    @classmethod
    def from_environment(cls) -> Self:
        """``DEMO`` is on in the embedded shape only: nobody wants made-up members in a real database."""
        demo = os.environ.get("DEMO", "1" if settings.EMBEDDED else "0")
        households = os.environ.get("DEMO_HOUSEHOLDS", "")
        if demo not in ("0", "1"):
            raise PhaseError(f"DEMO={demo!r} must be 1 (load the demo shop) or 0 (start empty).")
        if households and not (households.isdecimal() and int(households) > 0):
            raise PhaseError(f"DEMO_HOUSEHOLDS={households!r} must be a whole number above 0, such as 200.")
        return cls(demo=demo == "1", households=int(households) if households else None)
