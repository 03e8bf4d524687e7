"""Which rules name a category, product, store, tag or segment, and another one in its place.

An app whose rows name such things registers how to ask it in ``AppConfig.ready()``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from membership.errors import Conflict
from membership.models import RuleUse
from membership.rules.names.written import names_of
from membership.rules.nodes import Node, Ref, refs_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Replace = Callable[[Ref, Ref, "User | None"], None]


@dataclass(frozen=True)
class RuleHolder:
    """One kind of rule. ``names(ref)`` are the names of those that use ``ref`` now.

    ``replace(old, new, user)`` puts ``new`` in its place in all of them and keeps their history; ``sentence``
    holds ``%s`` for the names.
    """

    key: str
    sentence: Promise
    names: Callable[[Ref], list[str]]
    replace: Replace


_holders: dict[str, RuleHolder] = {}


def register_holder(holder: RuleHolder) -> None:
    _holders[holder.key] = holder


def note_uses(*, rows: models.Manager[RuleUse], rule: Node | None) -> None:
    """Make ``rows`` (the uses of one owner) those of its newest rule. Call in the transaction of the rule."""
    rows.all().delete()
    for ref in refs_of(rule) if rule is not None else ():
        rows.create(**{f"used_{ref.kind}_id": ref.id})


def used_in(ref: Ref) -> list[str]:
    """Where ``ref`` is used, in words: "in the rules of the segments A, B"."""
    found = []
    for _key, holder in sorted(_holders.items()):
        names = holder.names(ref)
        if names:
            found.append(str(holder.sentence) % ", ".join(f"“{name}”" for name in names))
    return found


def refuse_used(ref: Ref) -> None:
    """Raises Conflict, with their names, where rules use ``ref``."""
    used = used_in(ref)
    if used:
        message = _("“%(name)s” is used %(where)s; choose what takes its place, or change them first.")
        raise Conflict(message % {"name": names_of([ref])[ref], "where": "; ".join(used)})


def replace_everywhere(*, old: Ref, new: Ref, user: User | None) -> None:
    """Put ``new`` in the place of ``old`` in all rules of now, as new versions. Call in a transaction.

    Raises Conflict where a rule would then refer to itself.
    """
    if old.kind != new.kind or old == new:
        raise Conflict(_("Choose another one to take its place."))
    for _key, holder in sorted(_holders.items()):
        holder.replace(old, new, user)
