from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from membership.models import Member
from recommendations.features import KnownHistory, Signals, load_history
from recommendations.models import Recommendation, ScoringShard, SimilarProduct, Surface
from recommendations.services.writing import scoring
from recommendations.services.writing import write_back as module
from recommendations.services.writing.write_back import (
    ShardFailed,
    execute_shard,
    member_ranges,
    renew_lists,
)
from recommendations.tasks import score_recommendations, score_shard
from registry.jobs import LeaseLost
from registry.models import ModelVersion, TrainingRun
from registry.services import load_live
from registry.services.runs import execute_run, request_run
from tests.digits import assert_same_list
from tests.factories import NOON, MemberFactory, RecommendationFactory
from tests.recommendations.conftest import Shop

LATER = NOON + timedelta(hours=1)


def renew(queue: Callable[[int], object] = lambda shard: None, **options: Any) -> int:
    loaded = load_live("recommendations")
    return renew_lists(
        **{"loaded": loaded, "as_of": LATER, "queue": queue, "hold": transaction.atomic, **options}
    )


@pytest.fixture
def small_shards(settings: Settings) -> None:
    settings.RECOMMENDATIONS = {**settings.RECOMMENDATIONS, "SHARD_MEMBERS": 3}


def test_ranges_cover_all_members_once(shop: Shop):
    ranges = list(member_ranges(size=3))
    ids = [member.pk for member in shop.members]

    assert len(ranges) == 4
    assert all(sum(pk in one for one in ranges) == 1 for pk in ids)
    assert len(list(member_ranges(size=100))) == 1


@pytest.mark.django_db
def test_a_shop_without_members_has_no_ranges():
    assert list(member_ranges(size=3)) == []


def lists_in_shards_of(size: int, settings: Settings) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """(member, surface) -> the list that is written."""
    Recommendation.objects.all().delete()
    settings.RECOMMENDATIONS = {**settings.RECOMMENDATIONS, "SHARD_MEMBERS": size}
    written = renew()
    rows = Recommendation.objects.values_list("member", "surface", "products")
    assert written == len(rows)
    return {(member, surface): products for member, surface, products in rows}


@pytest.mark.numerics
@pytest.mark.usefixtures("live_version")
def test_shards_write_what_one_pass_writes(shop: Shop, settings: Settings):
    whole = lists_in_shards_of(100, settings)
    assert len(whole) == 2 * len(shop.members)
    assert not ScoringShard.objects.exists()

    for size, shards in ((1, 10), (3, 4), (7, 2)):
        ScoringShard.objects.all().delete()
        lists = lists_in_shards_of(size, settings)
        assert ScoringShard.objects.filter(status="succeeded").count() == shards
        assert lists.keys() == whole.keys()
        for key, products in lists.items():
            assert_same_list(products, whole[key])


@pytest.mark.usefixtures("live_version", "small_shards")
def test_other_workers_take_the_shards_and_the_maker_only_sweeps(shop: Shop):
    old = RecommendationFactory(
        member=MemberFactory(status=Member.Status.FROZEN), model_version=ModelVersion.objects.get()
    )
    calls: list[int] = []

    def worker(shard: int) -> None:
        calls.append(shard)
        score_shard(shard)
        assert Recommendation.objects.filter(pk=old.pk).exists()  # nothing is swept before the last one

    renew(worker)

    assert len(calls) == 4
    assert set(ScoringShard.objects.values_list("attempts", flat=True)) == {1}
    assert not Recommendation.objects.filter(pk=old.pk).exists()


@pytest.mark.usefixtures("live_version", "small_shards")
def test_a_shard_that_fails_leaves_the_lists_of_before(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    renew()
    before = Recommendation.objects.count()
    real = scoring.score_members

    def fails_once(**options: Any) -> int:
        if shop.members[0].pk in options["members"]:
            raise ValueError("the model and its catalogue do not fit")
        return real(**options)

    monkeypatch.setattr(module, "score_members", fails_once)
    with pytest.raises(ShardFailed, match="unexpected error"):
        renew(as_of=LATER + timedelta(hours=1))

    assert Recommendation.objects.count() == before


@pytest.mark.usefixtures("live_version", "small_shards")
def test_a_pass_whose_run_was_taken_over_stops(shop: Shop):
    calls = 0

    @contextmanager
    def lost() -> Iterator[None]:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise LeaseLost("taken over")
        with transaction.atomic():
            yield

    with pytest.raises(LeaseLost):
        renew(hold=lost)

    assert ScoringShard.objects.unfinished().exists()


@pytest.mark.usefixtures("live_version", "small_shards")
def test_a_repeat_goes_on_with_the_shards_that_are_there(shop: Shop):
    import uuid

    batch = uuid.uuid4()
    renew(batch=batch)
    first = ScoringShard.objects.order_by("pk").first()
    assert first is not None
    ScoringShard.objects.filter(pk=first.pk).update(status="queued")
    renew(batch=batch, as_of=LATER + timedelta(hours=1))

    assert sorted(ScoringShard.objects.values_list("attempts", flat=True)) == [1, 1, 1, 2]
    assert set(Recommendation.objects.values_list("scored_at", flat=True)) == {LATER}


@pytest.mark.usefixtures("live_version", "small_shards")
def test_a_finished_shard_is_not_done_twice(shop: Shop):
    renew()
    shard = ScoringShard.objects.order_by("pk").first()
    assert shard is not None
    execute_shard(shard=shard)
    shard.refresh_from_db()

    assert shard.attempts == 1


@pytest.mark.usefixtures("small_shards")
def test_a_run_writes_lists_and_similar_products(shop: Shop):
    run, _new = request_run(family="recommendations")
    execute_run(run=run)
    run.refresh_from_db()

    assert (run.status, run.error) == (TrainingRun.Status.SUCCEEDED, "")
    assert set(Recommendation.objects.values_list("member", flat=True)) == {m.pk for m in shop.members}
    kinds = SimilarProduct.objects.filter(product=shop.products[1]).values_list("kind", flat=True)
    assert set(kinds) == {"similar", "together"}


def test_a_history_that_was_read_before_gives_the_same_lists(shop: Shop, live_version: ModelVersion):
    renew()
    before = list(Recommendation.objects.order_by("pk").values_list("member", "surface", "products"))
    read = load_history(as_of=LATER, signals=Signals.from_parameters(live_version.parameters))
    renew(as_of=LATER + timedelta(hours=1), known=KnownHistory(read, LATER))

    assert list(Recommendation.objects.order_by("pk").values_list("member", "surface", "products")) == before
    assert set(Recommendation.objects.values_list("scored_at", flat=True)) == {LATER}


def test_who_left_after_the_history_was_read_gets_no_list(shop: Shop, live_version: ModelVersion):
    read = load_history(as_of=LATER, signals=Signals.from_parameters(live_version.parameters))
    Member.objects.filter(pk=shop.members[0].pk).update(status=Member.Status.ERASED)
    renew(known=KnownHistory(read, LATER))

    listed = set(Recommendation.objects.values_list("member", flat=True))
    assert listed == {member.pk for member in shop.members[1:]}


def test_a_light_run_writes_the_lists_of_members_alone(shop: Shop):
    run, _new = request_run(family="recommendations", recipe=TrainingRun.Recipe.LIGHT)
    execute_run(run=run)
    run.refresh_from_db()

    assert run.status == TrainingRun.Status.SUCCEEDED
    assert Recommendation.objects.filter(surface=Surface.FOR_YOU).count() == len(shop.members)
    assert not SimilarProduct.objects.exists()


@pytest.mark.usefixtures("live_version", "small_shards")
def test_the_task_renews_everybody_through_shards(shop: Shop):
    score_recommendations()

    assert Recommendation.objects.filter(surface=Surface.BUY_AGAIN).count() == len(shop.members)
