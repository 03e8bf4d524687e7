"""How far the demo shop's held-back days have been replayed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DemoReplay(models.Model):
    """The one row that says up to which moment the demo's held-back orders and events have happened."""

    replayed_until = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = _("replay of the demo shop"), _("replays of the demo shop")
        constraints = [
            models.CheckConstraint(
                condition=Q(replayed_until__lte=F("ends_at")), name="demo_replay_not_past_its_end"
            ),
            models.CheckConstraint(condition=Q(pk=1), name="demo_replay_single_row"),
        ]

    def __str__(self) -> str:
        return f"{self.replayed_until:%Y-%m-%d %H:%M}"
