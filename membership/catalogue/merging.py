"""One category in the place of another: its products, sales, rules and the categories below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import ForeignKey, ForeignObjectRel, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.errors import Conflict
from membership.models import Category, CategoryFormerPath, RuleUse, Segment
from membership.rules.names.uses import replace_everywhere
from membership.rules.nodes import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User


def merge_category(*, category: Category, into: Category, user: User | None) -> None:
    """Move everything of ``category`` to ``into`` and delete it; its path stays a former path of ``into``.

    Rules that name it name ``into`` from then on, as new versions. Raises Conflict where ``into`` lies below.
    """
    with transaction.atomic():
        rows = Category.objects.select_for_update(no_key=True).order_by("pk")
        locked = {row.pk: row for row in rows}  # the tree stays as it is meanwhile
        old, new = locked[category.pk], locked[into.pk]
        if new.pk in old.below():
            raise Conflict(_("“%(into)s” lies in “%(category)s” itself.") % {"into": new, "category": old})
        _merge(old, new, user)
        # what was sold in the one counts for rules about the other, and about those above it
        Segment.objects.filter(uses__used_category__isnull=False).update(due_at=timezone.now())


def _merge(old: Category, new: Category, user: User | None) -> None:
    for child in old.children.order_by("pk"):
        same = new.children.filter(name=child.name).first()
        if same is not None:
            _merge(child, same, user)
        else:
            child.parent = new
            child.save()
    replace_everywhere(old=Ref("category", old.pk), new=Ref("category", new.pk), user=user)
    for key in _naming_categories():
        key.model._base_manager.filter(**{key.name: old}).update(**{key.name: new})
    path = old.path
    old.delete()
    CategoryFormerPath.objects.create(category=new, path=path)


def _naming_categories() -> Iterator[ForeignKey[Model, Model]]:
    """The columns of other tables that name a category, but for those of rules and of the tree itself."""
    for relation in Category._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or not isinstance(relation.field, ForeignKey):
            continue
        if relation.field.model is not Category and not issubclass(relation.field.model, RuleUse):
            yield relation.field
