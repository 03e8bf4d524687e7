"""The grid of recency and frequency scores."""

from __future__ import annotations

from decimal import Decimal

import pytest

from membership.models import MemberFeatures
from membership.rules.checking import everything
from membership.rules.compiling import members_of
from membership.rules.reading import read_rule
from membership.segments.rfm_grid import rfm_grid
from tests.factories import MemberFactory, SegmentFactory

pytestmark = pytest.mark.django_db


def scored(recency: int, frequency: int, spend: int = 10, **member: object) -> MemberFeatures:
    return MemberFeatures.objects.create(
        member=MemberFactory(**member), rfm_recency=recency, rfm_frequency=frequency, rfm_monetary=3,
        spend_365d=Decimal(spend),
    )  # fmt: skip


def test_the_grid_has_25_cells_from_the_most_to_the_least_frequent() -> None:
    grid = rfm_grid()

    assert [[(cell.recency, cell.frequency) for cell in row] for row in grid.rows] == [
        [(recency, frequency) for recency in range(1, 6)] for frequency in range(5, 0, -1)
    ]
    assert (grid.members, {group.share for group in grid.groups}) == (0, {0.0})


def test_members_spend_and_shares_are_added_up_by_cell_and_group() -> None:
    for spend in (10, 30):
        scored(5, 5, spend)
    scored(1, 1, 5)
    scored(4, 4, 60, status="frozen")

    grid = rfm_grid()

    best = grid.rows[0][4]
    assert (best.members, best.spend, best.group, best.monetary) == (2, Decimal(40), "champions", 3.0)
    assert best.share == pytest.approx(2 / 3)
    groups = {group.key: group.members for group in grid.groups}
    assert (groups["champions"], groups["hibernating"], sum(groups.values())) == (2, 1, grid.members)


def test_a_group_knows_its_segment_once_there_is_one() -> None:
    segment = SegmentFactory(key="rfm-champions")

    segments_by_key = {group.key: group.segment for group in rfm_grid().groups}

    assert (segments_by_key["champions"], segments_by_key["loyal"]) == (segment, None)


def test_the_rule_of_a_cell_finds_its_members(noon) -> None:
    row = scored(2, 5)
    scored(2, 4)

    cell = rfm_grid().rows[0][1]

    rule = read_rule(text=cell.rule, may=everything)
    assert [member.pk for member in members_of(rule, as_of=noon)] == [row.member_id]


def test_it_takes_two_queries_however_many_members(django_assert_num_queries) -> None:
    for score in (1, 2, 3, 4, 5):
        scored(score, score)
    with django_assert_num_queries(2):
        rfm_grid()
