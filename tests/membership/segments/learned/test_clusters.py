"""Clusters: found in members' figures, told in words, kept as segments."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from membership.models import Consent, MemberFeatures, Segment
from membership.segments.learned.clusters import FAMILY, GONE, assign_clusters, refresh_clusters
from membership.segments.tasks import refresh_clusters as task
from registry.models import TrainingRun
from registry.services import load_live
from registry.services.runs import execute_run
from tests.factories import MemberFactory
from tests.membership.segments.member_groups import CENTRES


def shop(n: int = 120) -> None:
    now = timezone.now()
    rng = np.random.default_rng(6)
    rows = []
    for number in range(n):
        days, orders, spend, _basket, gap, known, recent = CENTRES[number % 4] * rng.lognormal(0, 0.1, 7)
        rows.append(
            MemberFeatures(
                member=MemberFactory(), last_order_at=now - timedelta(days=days),
                first_order_at=now - timedelta(days=days + known), orders_365d=max(1, round(orders)),
                orders_90d=round(min(recent, 1) * max(1, round(orders))), spend_365d=round(spend, 2),
                gap_days_median=gap,
            )
        )  # fmt: skip
    MemberFeatures.objects.bulk_create(rows)


def retrain() -> TrainingRun:
    return execute_run(run=TrainingRun.objects.create(family=FAMILY))


def clusters():
    return Segment.objects.filter(key__startswith="cluster-").order_by("key")


@pytest.mark.django_db
def test_a_retrain_makes_segments_that_say_what_sets_them_apart(django_capture_on_commit_callbacks):
    shop()
    run = retrain()
    run.refresh_from_db()
    assert run.version is not None, run.error
    assert (run.status, run.version.status) == ("succeeded", "live"), run.error
    assert [segment.member_count for segment in clusters()] == [30, 30, 30, 30]
    assert any("Order often" in segment.name for segment in clusters())
    rule = clusters()[0].versions.get().rule
    assert rule["model"] == "clusters"
    assert {"figure", "effect", "median", "others"} == set(rule["traits"][0])
    assert Segment.objects.filter(key="rfm-champions").exists()


@pytest.mark.django_db
def test_groups_keep_their_segments_when_found_again():
    shop()
    retrain()
    before = {
        segment.key: set(segment.memberships.current().values_list("member_id", flat=True))
        for segment in clusters()
    }
    retrain()
    assert load_live(FAMILY).version.number == 2
    after = {
        segment.key: set(segment.memberships.current().values_list("member_id", flat=True))
        for segment in clusters()
    }
    assert after == before
    assert all(segment.versions.count() == 2 for segment in clusters())


@pytest.mark.django_db
def test_a_group_that_is_gone_is_emptied_and_says_so():
    shop()
    retrain()
    Segment.objects.create(key="cluster-9", name="Old", kind="model")
    assign_clusters(loaded=load_live(FAMILY), as_of=timezone.now())
    old = Segment.objects.get(key="cluster-9")
    assert (old.member_count, old.description) == (0, GONE)


@pytest.mark.django_db
def test_who_refuses_to_be_profiled_is_in_no_group():
    shop(80)
    retrain()
    leaver = clusters()[0].memberships.current().first().member
    Consent.objects.create(member=leaver, purpose="profiling", channel="email", granted=False, source="test")
    assert task() == refresh_clusters() == 79
    assert not leaver.segment_memberships.current().filter(segment__key__startswith="cluster-").exists()


@pytest.mark.django_db
def test_without_a_live_version_nothing_happens():
    assert refresh_clusters() == 0
