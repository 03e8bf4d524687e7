"""How the rows of each table that names a member follow when two members are made one.

Every foreign key to ``Member`` is declared here or, for apps above, in their ``AppConfig.ready()``; a test
fails for one that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from django.apps import apps
from django.db.models import ForeignKey, ForeignObjectRel, Model

from membership.duplicates.deciding import note_merged, note_parted
from membership.models import Member, Merge


class Follows(Enum):
    """What becomes of the rows that name the member who is merged into another."""

    MOVES = "moves"
    """They name the member who is kept. One that would break a unique rule there stays."""
    STAYS = "stays"
    """They go on naming the merged member, where nobody looks, and are there again after an undo."""
    OWN_CODE = "own code"
    """Code of its own, in ``membership.merges`` or the app's follower, decides row by row."""


@dataclass(frozen=True)
class MergeRelation:
    """The foreign key ``field`` of ``model``, which is named by its label, such as ``membership.Order``."""

    model: str
    follows: Follows
    field: str = "member"


@dataclass(frozen=True)
class MergeFollower:
    """What else follows, of rows that name members otherwise than by a foreign key.

    ``merged`` is called last in the transaction of a merge, ``undone`` last in that of its undo.
    """

    merged: Callable[[Merge], object] | None = None
    undone: Callable[[Merge], object] | None = None


_relations: dict[tuple[str, str], MergeRelation] = {}
_followers: dict[str, MergeFollower] = {}


def register_merge_relations(*relations: MergeRelation) -> None:
    """Declare how rows follow. Raises ValueError for a second foreign key of one model that moves."""
    for relation in relations:
        moving = [
            one.field for one in merge_relations()
            if one.model == relation.model and one.follows is Follows.MOVES is relation.follows
        ]  # fmt: skip
        if moving not in ([], [relation.field]):
            raise ValueError(f"{relation.model}: rows can move by one foreign key only")
        _relations[relation.model, relation.field] = relation


def register_merge_follower(name: str, follower: MergeFollower) -> None:
    """One follower a name: registering a name again replaces it."""
    _followers[name] = follower


def merge_relations() -> list[MergeRelation]:
    """All that are declared, by model and field."""
    return sorted(_relations.values(), key=lambda one: (one.model, one.field))


def moving_relations() -> list[tuple[type[Model], str]]:
    """(model, name of its foreign key) of the tables whose rows move."""
    moving = [one for one in merge_relations() if one.follows is Follows.MOVES]
    return [(apps.get_model(one.model), one.field) for one in moving]


def merge_followers() -> dict[str, MergeFollower]:
    """By name."""
    return dict(sorted(_followers.items()))


def undeclared_relations() -> list[str]:
    """Foreign keys to ``Member`` of which nothing says how they follow, as ``membership.Order.member``."""
    named = {(key.model._meta.label, key.name) for key in _keys_to_member()}
    return sorted(f"{model}.{field}" for model, field in named - _relations.keys())


def _keys_to_member() -> Iterator[ForeignKey[Model, Model]]:
    for relation in Member._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey):
            yield relation.field


def register_own_relations() -> None:
    """Called once, when the app is ready."""
    moves = (
        "Consent", "Coupon", "Event", "Order", "OrderItem", "PointsEntry", "PointsNotice", "SegmentOverride",
        "TierHistory", "Member_tags",
    )  # fmt: skip
    register_merge_relations(
        *(MergeRelation(f"membership.{name}", Follows.MOVES) for name in moves),
        MergeRelation("membership.PointsLot", Follows.OWN_CODE),
        MergeRelation("membership.SegmentMembership", Follows.OWN_CODE),
        MergeRelation("membership.TierStanding", Follows.OWN_CODE),
        MergeRelation("membership.MemberFeatures", Follows.STAYS),
        MergeRelation("membership.Member", Follows.STAYS, field="merged_into"),
        MergeRelation("membership.Merge", Follows.STAYS, field="kept"),
        MergeRelation("membership.Merge", Follows.STAYS, field="other"),
        MergeRelation("membership.DuplicateCandidate", Follows.STAYS, field="low"),
        MergeRelation("membership.DuplicateCandidate", Follows.STAYS, field="high"),
    )
    register_merge_follower("possible duplicates", MergeFollower(merged=_pair_merged, undone=_pair_parted))


def _pair_merged(merge: Merge) -> None:
    note_merged(kept=merge.kept, other=merge.other, who=merge.who)


def _pair_parted(merge: Merge) -> None:
    """Who undoes a merge says that they are two people."""
    note_parted(kept=merge.kept, other=merge.other, who=merge.undone_by)
