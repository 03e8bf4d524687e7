"""What can be tuned about a list beside the model: the shop's default, or what an experiment's arm says."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from django.conf import settings
from django.utils.translation import gettext as _

from learning.json_types import JsonMapping


@dataclass(frozen=True)
class Tuning:
    """``diversity``: 0 the model's own order, towards 1 ever fewer of one category. ``session``: how much
    what the member looked at in the last days counts. ``weariness``: how far what was shown often steps back.
    """

    diversity: float = 0.1
    session: float = 1.0
    weariness: float = 1.0

    @classmethod
    def default(cls) -> Tuning:
        return cls(diversity=float(settings.RECOMMENDATIONS["DIVERSITY"]))

    @classmethod
    def changed(cls, changes: JsonMapping) -> Tuning:
        """The default with ``changes``. Raises ValueError saying what is wrong and what would be right."""
        known = {field.name for field in fields(cls)}
        for name, value in changes.items():
            if name not in known:
                message = _("There is no setting %(name)s; known: %(known)s.")
                raise ValueError(message % {"name": name, "known": ", ".join(sorted(known))})
            low, high = LIMITS[name]
            good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not good or not low <= value <= high:
                message = _("%(name)s must be a number from %(low)g to %(high)g.")
                raise ValueError(message % {"name": name, "low": low, "high": high})
        default = cls.default()
        return cls(**{name: float(changes.get(name, getattr(default, name))) for name in known})


LIMITS = {"diversity": (0.0, 0.9), "session": (0.0, 5.0), "weariness": (0.0, 1.0)}
