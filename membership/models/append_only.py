"""Rows that are written once. The program refuses to change them; migrations add triggers where it counts."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext as _


class NeverChangedError(TypeError):
    """Somebody tried to change or delete a row of a log."""


def _refuse(model: type[models.Model]) -> NoReturn:
    raise NeverChangedError(_("Rows of %s are never changed.") % model._meta.verbose_name_plural)


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: object) -> int:
        _refuse(self.model)

    def bulk_update(self, *args: object, **kwargs: object) -> int:
        _refuse(self.model)

    def delete(self) -> tuple[int, dict[str, int]]:
        _refuse(self.model)


class AppendOnly(models.Model):
    """May be created and read. What it belongs to may still take it along when it is deleted itself."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _refuse(type(self))
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        _refuse(type(self))
