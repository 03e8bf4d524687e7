"""The tree of categories."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from membership.models.catalogue.former_names import CategoryFormerPath
from membership.models.catalogue.showing import OLDEST_MIN_AGE

BETWEEN = " > "
"""Between the names of a path; no name holds it."""
LONGEST_PATH = 400


class Category(models.Model):
    """One node of the category tree; ``path`` is its full name, as "Grocery > Coffee > Ground".

    The path follows from the names: ``save`` writes it, and with it those of all categories below.
    """

    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent category"),
    )
    name = models.CharField(_("name"), max_length=120)
    path = models.CharField(_("path"), max_length=LONGEST_PATH, unique=True, editable=False)
    min_age = models.PositiveSmallIntegerField(
        _("from age"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(OLDEST_MIN_AGE)],
        help_text=_(
            "In years: what is in it is shown only to members known to be as old, unless a product or a "
            "category below says otherwise. Empty: as the category above."
        ),
    )
    least_age = models.PositiveSmallIntegerField(null=True, editable=False)
    """Its own ``min_age``, or that of the nearest category above that has one: ``save`` writes it."""

    class Meta:
        verbose_name, verbose_name_plural = _("category"), _("categories")
        ordering = ("path",)
        constraints = [
            models.CheckConstraint(condition=~Q(name__contains=BETWEEN), name="category_name_no_path"),
            models.CheckConstraint(
                condition=Q(parent=None, path=F("name"))
                | Q(parent__isnull=False, path__endswith=Concat(Value(BETWEEN), F("name"))),
                name="category_path_has_name",
            ),
            models.CheckConstraint(
                condition=Q(min_age=None) | Q(min_age__lte=OLDEST_MIN_AGE), name="category_min_age_possible"
            ),
        ]

    def __str__(self) -> str:
        return self.path

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it with the path that follows from its names; those below follow in the same transaction.

        Raises ValueError for a category that would stand below itself.
        """
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "path", "least_age"}
        with transaction.atomic():
            before = self._locked_path()
            parent = None
            if self.parent_id is not None:
                # its path may be changing: whoever does that holds the row
                parent = Category.objects.select_for_update(no_key=True).get(pk=self.parent_id)
            self.path = self._path_under(parent)
            self.least_age = self._age_under(parent)
            if before is None or before == self.path:
                super().save(*args, **kwargs)
                CategoryFormerPath.objects.filter(path=self.path).delete()
                if before is not None:
                    self._hand_down_age()
                return
            if self.parent_id in self.below():
                raise ValueError("a category cannot stand below itself")
            rows = list(self._rows_below())
            super().save(*args, **kwargs)
            self._move(rows, before)
            self._hand_down_age()

    def clean(self) -> None:
        """Report what the database or ``save`` would refuse, at the field to correct."""
        if BETWEEN in self.name:
            raise ValidationError({"name": gettext("A name cannot hold “ > ”, which stands between names.")})
        if self.pk is not None and self.parent_id in self.below():
            message = gettext("A category cannot stand below itself.")
            raise ValidationError({"parent": message})
        above = Category.objects.get(pk=self.parent_id) if self.parent_id is not None else None
        path = self._path_under(above)
        if Category.objects.filter(path=path).exclude(pk=self.pk).exists():
            raise ValidationError({"name": gettext("There is a category “%s” already.") % path})
        longest = max((len(row.path) for row in self._rows_below()), default=0) if self.pk else 0
        before = len(Category.objects.get(pk=self.pk).path) if self.pk else 0
        if len(path) + max(0, longest - before) > LONGEST_PATH:
            raise ValidationError({"name": gettext("This path is too long.")})

    def below(self) -> set[int]:
        """The ids of this category and of all beneath it, by their parents."""
        return {self.pk, *(row.pk for row in self._rows_below())}

    def _rows_below(self) -> list[Category]:
        children: dict[int | None, list[Category]] = {}
        for row in Category.objects.order_by("pk"):
            children.setdefault(row.parent_id, []).append(row)
        found: list[Category] = []
        waiting, seen = [self.pk], {self.pk}
        while waiting:
            for row in children.get(waiting.pop(), ()):
                if row.pk not in seen:
                    seen.add(row.pk)
                    found.append(row)
                    waiting.append(row.pk)
        return found

    def _locked_path(self) -> str | None:
        """The path that is stored, None for a new category; where it changes, the whole tree is locked.

        Two who change the tree wait for each other, in the order of ids; products may be stored meanwhile.
        """
        if self._state.adding:
            return None
        stored = Category.objects.filter(pk=self.pk).first()
        if stored is None:
            return None
        if (stored.name, stored.parent_id) != (self.name, self.parent_id):
            locked = {
                row.pk: row.path for row in Category.objects.select_for_update(no_key=True).order_by("pk")
            }
            return locked.get(self.pk)
        return Category.objects.select_for_update(no_key=True).get(pk=self.pk).path

    def _path_under(self, parent: Category | None) -> str:
        return f"{parent.path}{BETWEEN}{self.name}" if parent is not None else self.name

    def _age_under(self, parent: Category | None) -> int | None:
        above = parent.least_age if parent is not None else None
        return above if self.min_age is None else self.min_age

    def _hand_down_age(self) -> None:
        """Give those below that have no age of their own the one of this category."""
        by_id, changed = {self.pk: self}, []
        for row in self._rows_below():  # each after the one above it
            by_id[row.pk] = row
            age = row._age_under(by_id[row.parent_id])  # type: ignore[index]  # it stands below something
            if age != row.least_age:
                row.least_age = age
                changed.append(row)
        Category.objects.bulk_update(changed, ("least_age",), batch_size=500)

    def _move(self, rows: list[Category], before: str) -> None:
        """Write the paths of ``rows`` below anew, and keep all former ones."""
        moved = {before: self}
        for row in rows:
            moved[row.path] = row
            row.path = self.path + row.path[len(before) :]
        # no new path is another row's old one: what moves does not move below itself
        Category.objects.bulk_update(rows, ("path",), batch_size=500)
        now = {row.path for row in moved.values()}
        CategoryFormerPath.objects.filter(path__in=[*now, *moved]).delete()
        CategoryFormerPath.objects.bulk_create(
            CategoryFormerPath(category=row, path=path) for path, row in moved.items() if path not in now
        )
