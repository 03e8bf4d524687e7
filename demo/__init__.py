"""The demo shop: simulated grocery households, completed with generated people, devices, events and fraud.

``demo.files.generate`` writes import files; ``demo.replay.due`` reads what the
held-back days bring. Nothing here knows Django.
"""

from __future__ import annotations


def gettext_noop(message: str) -> str:
    """Marks a text for translation where it is shown, as Django's function of this name does."""
    return message


DEMO_NOTICE = gettext_noop(
    "Demo shop with simulated data: the purchases come from the Complete Journey package, simulated "
    "after real grocery shopping patterns for education and exploration only. It is not authentic consumer "
    "behaviour and must not be used for research or business decisions. Names, contact details, payments, "
    "devices, sessions, points and fraud are generated."
)
