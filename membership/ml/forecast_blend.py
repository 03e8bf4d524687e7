"""The member forecasts that are served."""

from __future__ import annotations

from typing import ClassVar

from membership.ml.habit import Habit


class MemberBlend(Habit):
    """For now the habit; same methods: fit, forecast, score, save, load, from_parameters."""

    name: ClassVar[str] = "blend"
