"""The rules that segments have now."""

from __future__ import annotations

from collections.abc import Sequence

from membership.models import Segment, SegmentVersion
from membership.rules.errors import RuleError
from membership.rules.nodes import Node, from_json, segments_named


def current_versions() -> dict[int, SegmentVersion]:
    """The newest version of every segment kept by a rule, by the segment's id."""
    versions = SegmentVersion.objects.filter(segment__kind=Segment.Kind.DYNAMIC).select_related("segment")
    newest: dict[int, SegmentVersion] = {}
    for version in versions.order_by("segment_id", "number"):
        newest[version.segment_id] = version
    return newest


def current_rule(segment: Segment) -> Node | None:
    """The rule of ``segment``; None where members are not chosen by one."""
    if segment.kind != Segment.Kind.DYNAMIC:
        return None
    versions = segment.versions.all()  # newest first; prefetched in lists
    return from_json(versions[0].rule) if versions else None


def references() -> dict[str, set[str]]:
    """Segment key → keys of the segments that its rule refers to."""
    references: dict[str, set[str]] = {}
    for version in current_versions().values():
        try:
            references[version.segment.key] = segments_named(from_json(version.rule))
        except RuleError:  # written by a program that knew more; it is reported where it is refreshed
            continue
    return references


def users_of(segment: Segment) -> list[str]:
    """The keys of the segments whose rules refer to ``segment``."""
    return sorted(key for key, named in references().items() if segment.key in named - {key})


def dependent_last() -> Sequence[Segment]:
    """All segments kept by a rule, each after those that its rule refers to."""
    segments = {version.segment.key: version.segment for version in current_versions().values()}
    refers_to = references()
    ordered: dict[str, Segment] = {}

    def add(key: str, above: frozenset[str]) -> None:
        if key in ordered or key not in segments or key in above:
            return
        for other in sorted(refers_to.get(key, ())):
            add(other, above | {key})
        ordered[key] = segments[key]

    for key in sorted(segments):
        add(key, frozenset())
    return list(ordered.values())
