"""The staff's rules, ready to be applied to a list. All that are switched on are kept in the cache."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from membership.models import Category, Member, SegmentMembership
from membership.rules.nodes import Ref
from recommendations.models import MerchandisingRule
from registry.quiet_cache import forget, kept

CACHE_KEY = "recommendations:rules"
CACHE_SECONDS = 60
NAMED = ("product", "category", "segment")
"""What a rule may name."""
Action = MerchandisingRule.Action


@dataclass(frozen=True)
class Rule:
    """One rule with its category spelled out as the ids of it and all below it."""

    action: str
    product: int | None
    categories: frozenset[int]
    surface: str
    segment: int | None
    amount: float
    starts_at: datetime | None
    ends_at: datetime | None

    def holds(self, *, surface: str, at: datetime) -> bool:
        in_time = (self.starts_at is None or self.starts_at <= at) and (
            self.ends_at is None or at < self.ends_at
        )
        return in_time and self.surface in ("", surface)

    def covers(self, *, category: int | None) -> bool:
        """Of a rule about margins: whether it is about this category, or about all."""
        return not self.categories or category in self.categories

    def meets(self, *, product: int, category: int | None) -> bool:
        return product == self.product or (category is not None and category in self.categories)


def rules_for(*, member: Member | None, surface: str, at: datetime) -> list[Rule]:
    """The rules that hold for this member, here and now. No query while none names a segment."""
    matching = [rule for rule in _switched_on() if rule.holds(surface=surface, at=at)]
    segments = {rule.segment for rule in matching if rule.segment is not None}
    if not segments:
        return matching
    stays = SegmentMembership.objects.current().filter(member=member, segment__in=segments)
    inside = set(stays.values_list("segment_id", flat=True)) if member is not None else set()
    return [rule for rule in matching if rule.segment is None or rule.segment in inside]


def forget_rules(**kwargs: object) -> None:
    """A rule has changed: every process reads them again. A receiver of ``post_save`` and ``post_delete``."""
    forget(CACHE_KEY)


def rules_using(ref: Ref) -> list[str]:
    """The names of the rules about a product or category, or for a segment."""
    if ref.kind not in NAMED:
        return []
    using = MerchandisingRule.objects.filter(**{ref.kind: ref.id})
    return list(using.order_by("name", "pk").values_list("name", flat=True))


def replace_in_rules(old: Ref, new: Ref, user: object) -> None:
    """Let the rules about ``old`` be about ``new``."""
    if old.kind in NAMED:
        for rule in MerchandisingRule.objects.select_for_update().filter(**{old.kind: old.id}).order_by("pk"):
            setattr(rule, f"{old.kind}_id", new.id)
            rule.save(update_fields=(f"{old.kind}_id", "updated_at"))


def _switched_on() -> list[Rule]:
    return kept(CACHE_KEY, read_rules, seconds=CACHE_SECONDS)


def read_rules(*, rules: Iterable[MerchandisingRule] | None = None) -> list[Rule]:
    """``rules``, or all that are switched on, as they are applied. Two queries at most."""
    rows = (
        list(MerchandisingRule.objects.filter(is_active=True).order_by("pk"))
        if rules is None
        else list(rules)
    )
    below = _below({row.category_id for row in rows if row.category_id is not None})
    return [
        Rule(
            action=row.action,
            product=row.product_id,
            categories=below.get(row.category_id or 0, frozenset()),
            surface=row.surface,
            segment=row.segment_id,
            amount=row.amount or 0.0,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        )
        for row in rows
    ]


def _below(roots: Collection[int]) -> dict[int, frozenset[int]]:
    """category id -> the ids of it and of all categories below it, by their paths."""
    if not roots:
        return {}
    paths = dict(Category.objects.filter(pk__in=roots).values_list("pk", "path"))
    wanted = Q(pk__in=roots)
    for path in paths.values():
        wanted |= Q(path__startswith=f"{path} > ")
    known = list(Category.objects.filter(wanted).values_list("pk", "path"))
    return {
        root: frozenset(pk for pk, other in known if pk == root or other.startswith(f"{path} > "))
        for root, path in paths.items()
    }
