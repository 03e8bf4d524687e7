"""Look-alikes of a segment: found, judged on members held out, kept as a segment."""

from __future__ import annotations

import numpy as np
import pytest
from django.utils import timezone

from membership.errors import Conflict, Rejected
from membership.models import MemberFeatures, Segment, SegmentMembership
from membership.segments.learned.look_alikes import fill_look_alikes, request_look_alikes
from membership.segments.stays import set_members
from tests.factories import MemberFactory, SegmentFactory


def shop() -> Segment:
    """Sixty who order often, thirty of them in the segment; sixty who do not."""
    now = timezone.now()
    rows = [
        MemberFeatures(
            member=MemberFactory(), orders_365d=30 + number % 7 if number < 60 else 1 + number % 3,
            last_order_at=now, first_order_at=now, spend_365d=100,
        )
        for number in range(120)
    ]  # fmt: skip
    MemberFeatures.objects.bulk_create(rows)
    segment = SegmentFactory(key="fans", name="Fans")
    ids = [row.member_id for row in rows[:60:2]]
    set_members(segment=segment, member_ids=ids, source=SegmentMembership.Source.MANUAL, at=now)
    return segment


@pytest.mark.django_db
def test_a_segment_of_look_alikes_leaves_out_those_who_are_in():
    segment = shop()
    made = request_look_alikes(segment=segment, size=25, name="Like fans", user=None)
    assert (made.kind, made.key, made.member_count) == ("model", "like-fans", 0)

    assert fill_look_alikes(segment=made) == 25

    inside = made.memberships.current().select_related("member__features")
    assert all(stay.member.features.orders_365d >= 30 for stay in inside)
    assert not inside.filter(member__in=segment.memberships.values("member")).exists()
    rule = made.versions.order_by("-number")[0].rule
    assert (rule["learnt_from"], rule["chosen"]) == (30, "figures")
    assert 0 <= rule["auc"]["figures"] <= 1


@pytest.mark.django_db
def test_a_second_one_gets_a_key_of_its_own():
    segment = shop()
    keys = [request_look_alikes(segment=segment, size=5, name="Like", user=None).key for _ in range(2)]
    assert keys == ["like-fans", "like-fans-2"]


@pytest.mark.django_db
def test_what_cannot_be_is_refused():
    segment = shop()
    for size, name in ((0, "Like"), (5, " ")):
        with pytest.raises(Rejected):
            request_look_alikes(segment=segment, size=size, name=name, user=None)
    with pytest.raises(Conflict):
        request_look_alikes(segment=SegmentFactory(), size=5, name="Like", user=None)
    with pytest.raises(Conflict):
        fill_look_alikes(segment=segment)


@pytest.mark.django_db
def test_a_small_segment_has_no_look_alikes():
    segment = shop()
    some = SegmentFactory(key="few")
    ids = list(segment.memberships.values_list("member_id", flat=True)[:5])
    set_members(segment=some, member_ids=ids, source=SegmentMembership.Source.MANUAL, at=timezone.now())
    made = request_look_alikes(segment=some, size=5, name="Like few", user=None)
    with pytest.raises(Conflict, match="20 members"):
        fill_look_alikes(segment=made)
    assert made.member_count == 0


@pytest.mark.django_db
def test_the_recommenders_vectors_add_to_the_figures(settings):
    """Members with equal figures, half of whom buy other things: only their taste tells them apart."""
    from learning.interactions import Interactions
    from recommendations.ml.factors.als import Als, AlsConfig
    from registry.families import Candidate
    from registry.services.versions import register_candidate, store_artefact

    now = timezone.now()
    members = [MemberFactory() for _number in range(100)]
    MemberFeatures.objects.bulk_create(
        MemberFeatures(member=one, orders_365d=5, last_order_at=now, first_order_at=now, spend_365d=100)
        for one in members
    )
    rng = np.random.default_rng(3)
    bought = [
        (one.pk, product + 10 * (n % 2)) for n, one in enumerate(members) for product in rng.choice(10, 6)
    ]
    ids, products = zip(*bought, strict=True)
    model = Als(AlsConfig(factors=8, iterations=8)).fit(
        Interactions.from_ids(ids, products, np.zeros(len(ids), dtype=np.int64)), rng=rng
    )
    candidate = Candidate(model, 1.0, None, {}, {}, None, None, "")
    artefact = store_artefact(family="recommendations", candidate=candidate)
    register_candidate(family="recommendations", candidate=candidate, artefact=artefact)
    segment = SegmentFactory(key="odd")
    odd = [one.pk for one in members[1:60:2]]
    set_members(segment=segment, member_ids=odd, source=SegmentMembership.Source.MANUAL, at=now)

    made = request_look_alikes(segment=segment, size=20, name="Like odd", user=None)
    fill_look_alikes(segment=made)

    member_ids = set(made.memberships.current().values_list("member_id", flat=True))
    assert member_ids == {one.pk for one in members[61::2]}
    rule = made.versions.order_by("-number")[0].rule
    assert rule["auc"]["vectors"] > 0.75 > rule["auc"]["figures"]  # 20 of the others are as alike
