"""Forecasts of members as rows: whom they are made for, when they are renewed, what never gets in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from forecasts.features import day_number, load_purchases
from forecasts.models import Forecast
from forecasts.services.member_rows import NotFinite
from forecasts.services.member_scoring import (
    out_of_date,
    refresh_due,
    refresh_segments,
    score_members,
)
from forecasts.services.reading import REASONS, State, read_forecast
from forecasts.tasks import score_changed_forecasts, score_due_forecasts
from membership.members.consents import record_consent
from membership.models import Consent, Member, Order, Segment, SegmentMembership
from registry.services import LoadedModel
from tests.factories import NOON, ForecastFactory, MemberFactory
from tests.forecasts.rhythm_shop import live_forecasts, order, rhythm_shop

pytestmark = pytest.mark.django_db
People = list[Member]


@pytest.fixture
def people() -> People:
    return rhythm_shop()[0]


@pytest.fixture
def model(people: People) -> LoadedModel:
    return live_forecasts()


def test_orders_that_were_read_before_give_the_same_forecasts(people: People, model: LoadedModel) -> None:
    score_members(loaded=model, as_of=NOON)
    columns = ("member", "expected_orders_90d", "last_order_at")
    before = list(Forecast.objects.order_by("member").values_list(*columns))

    score_members(loaded=model, as_of=NOON, read=load_purchases(as_of=NOON))

    assert list(Forecast.objects.order_by("member").values_list(*columns)) == before


def test_who_left_after_the_orders_were_read_gets_no_forecast(people: People, model: LoadedModel) -> None:
    read = load_purchases(as_of=NOON)
    Member.objects.filter(pk=people[0].pk).update(status=Member.Status.ERASED)

    assert score_members(loaded=model, as_of=NOON, read=read) == len(people) - 1
    assert not Forecast.objects.filter(member=people[0]).exists()


def inside(key: str) -> set[int]:
    return set(SegmentMembership.objects.current().filter(segment__key=key).values_list("member", flat=True))


def test_everybody_who_has_ordered_is_forecast(people: People, model: LoadedModel) -> None:
    MemberFactory()

    assert score_members(loaded=model, as_of=NOON) == len(people)

    for row in Forecast.objects.all():
        assert row.expected_orders_30d <= row.expected_orders_90d <= row.expected_orders_365d
        assert row.lifetime_value > row.expected_spend_365d > 0
        assert row.next_order_q10
        assert row.next_order_q50
        assert row.next_order_q10 <= row.next_order_q50
        assert (row.model_version_id, row.currency) == (model.version.pk, "USD")
        assert row.categories[0]["probability"] > 0.9
        assert {entry["code"] for entry in row.reasons} <= REASONS.keys()


def test_who_fell_silent_is_riskier_than_who_comes_as_ever(people: People, model: LoadedModel) -> None:
    score_members(loaded=model, as_of=NOON)
    risk = dict(Forecast.objects.values_list("member_id", "churn_risk"))

    assert risk[people[3].pk] > risk[people[0].pk]


def test_silence_counts_without_a_retrain(people: People, model: LoadedModel) -> None:
    later = NOON + timedelta(days=40)
    score_members(loaded=model, as_of=NOON)
    before = Forecast.objects.get(member=people[0])
    order(people[1], later)  # the shop goes on

    score_members(loaded=model, as_of=later)

    after = Forecast.objects.get(member=people[0])
    assert after.churn_risk > before.churn_risk
    assert (after.next_order_q50 or NOON.date()) > (before.next_order_q50 or NOON.date())
    assert after.last_order_at == before.last_order_at


def test_without_recent_orders_the_gap_is_one_of_the_data(people: People, model: LoadedModel) -> None:
    score_members(loaded=model, as_of=NOON + timedelta(days=1))
    before = Forecast.objects.get(member=people[0])

    score_members(loaded=model, as_of=NOON + timedelta(days=40))

    assert Forecast.objects.get(member=people[0]).churn_risk == before.churn_risk


def test_the_forecast_of_a_member_who_ordered_today_begins_tomorrow(
    people: People, model: LoadedModel
) -> None:
    order(people[0], NOON - timedelta(hours=2))

    score_members(loaded=model, as_of=NOON)

    ordered, silent = (Forecast.objects.get(member=one) for one in (people[0], people[3]))
    assert day_number(ordered.as_of) == day_number(NOON) + 1 == day_number(silent.as_of) + 1
    assert ordered.last_order_at == NOON - timedelta(hours=2)


def test_a_repeat_changes_nothing(people: People, model: LoadedModel) -> None:
    score_members(loaded=model, as_of=NOON)
    first = list(Forecast.objects.order_by("pk").values())
    score_members(loaded=model, as_of=NOON)

    assert list(Forecast.objects.order_by("pk").values()) == first


def test_closed_accounts_and_those_who_refuse_are_left_out(people: People, model: LoadedModel) -> None:
    score_members(loaded=model, as_of=NOON)
    Member.objects.filter(pk=people[0].pk).update(status="frozen")
    Member.objects.filter(pk=people[1].pk).update(status="erased")
    Consent.objects.create(
        member=people[2], purpose="profiling", channel="onsite", granted=False, source="x", occurred_at=NOON
    )

    score_members(loaded=model, as_of=NOON + timedelta(minutes=1))

    assert not Forecast.objects.filter(member__in=people[:3]).exists()
    assert read_forecast(member=Member.objects.get(pk=people[0].pk)).state == State.CLOSED
    assert read_forecast(member=people[2]).state == State.REFUSED


def test_a_refusal_forgets_at_once_and_a_later_yes_takes_it_back(people: People, model: LoadedModel) -> None:
    values: dict[str, Any] = {
        "member": people[0],
        "purpose": "profiling",
        "channel": "onsite",
        "source": "test",
    }
    ForecastFactory(member=people[0], order_chance_7d=0.9, model_version=model.version)
    refresh_segments(at=NOON)
    assert inside("likely-this-week") == {people[0].pk}

    record_consent(**values, granted=False)
    assert not Forecast.objects.exists()
    assert inside("likely-this-week") == set()

    record_consent(**values, granted=True)
    score_members(loaded=model, as_of=NOON, member_ids=[people[0].pk])
    assert Forecast.objects.filter(member=people[0]).exists()


def test_an_order_renews_its_member_within_minutes(people: People, model: LoadedModel) -> None:
    score_members(loaded=model, as_of=NOON)
    Forecast.objects.exclude(member=people[0]).update(churn_risk=0.123)
    placed = order(people[0], NOON + timedelta(hours=1))
    from membership.members.figures import refresh_features

    refresh_features(as_of=NOON + timedelta(hours=2))

    assert out_of_date(at_most=10) == [people[0].pk]
    assert score_changed_forecasts() == 1
    assert Forecast.objects.get(member=people[0]).last_order_at == placed.placed_at
    assert Forecast.objects.filter(churn_risk=0.123).count() == len(people) - 1
    assert out_of_date(at_most=10) == []


def test_what_another_worker_wrote_meanwhile_stays(people: People, model: LoadedModel) -> None:
    newcomer = ForecastFactory(scored_at=NOON + timedelta(seconds=1), model_version=model.version)
    leftover = ForecastFactory(scored_at=NOON - timedelta(days=1), model_version=model.version)

    score_members(loaded=model, as_of=NOON)

    assert Forecast.objects.filter(pk=newcomer.pk).exists()
    assert not Forecast.objects.filter(pk=leftover.pk).exists()


def test_a_day_later_everybody_is_due_once(people: People, model: LoadedModel) -> None:
    score_members(loaded=model, as_of=NOON)
    assert not refresh_due(as_of=NOON + timedelta(hours=3))
    order(people[0], NOON + timedelta(days=1, hours=1))

    assert refresh_due(as_of=NOON + timedelta(days=1, hours=2))
    score_due_forecasts()
    assert not refresh_due(as_of=NOON + timedelta(days=1, hours=2))


def test_tasks_wait_for_a_first_model(people: People) -> None:
    assert (score_changed_forecasts(), score_due_forecasts()) == (0, 0)


def test_a_model_that_answers_nan_leaves_the_old_rows(people: People, model: LoadedModel) -> None:
    score_members(loaded=model, as_of=NOON)
    before = list(Forecast.objects.order_by("pk").values())

    class Broken:
        def forecast(self, history: Any, *, horizons: tuple[int, ...]) -> Any:
            forecast = model.estimator.forecast(history, horizons=horizons)
            return replace(forecast, p_inactive=np.full_like(forecast.p_inactive, np.nan))

    with pytest.raises(NotFinite, match="p_inactive"):
        score_members(loaded=LoadedModel(model.version, Broken()), as_of=NOON)
    assert list(Forecast.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("field", ["churn_risk", "expected_orders_90d", "basket_units"])
@pytest.mark.parametrize("value", [float("nan"), -0.1, float("inf")])
def test_the_database_refuses_what_is_no_figure(field: str, value: float) -> None:
    row = ForecastFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Forecast.objects.filter(pk=row.pk).update(**{field: value})


def test_bad_orders_give_defined_answers(people: People, model: LoadedModel) -> None:
    once, refunds, future, years, twice = MemberFactory.create_batch(5)
    order(once, NOON - timedelta(days=30))
    order(refunds, NOON - timedelta(days=3), status="refunded")
    order(future, NOON + timedelta(days=400))
    for days in (4_000, 1_500, 2):
        order(years, NOON - timedelta(days=days))
    for _repeat in range(2):
        order(twice, NOON - timedelta(days=9), total="0.00")

    score_members(loaded=model, as_of=NOON)

    states = [read_forecast(member=one).state for one in (once, refunds, future, years, twice)]
    ready, none = State.READY, State.NOT_ENOUGH_ORDERS
    assert states[:2] == [ready, none]
    assert states[3:] == [ready, ready]
    assert not Forecast.objects.filter(member=future).exists()
    assert Forecast.objects.get(member=twice).orders_known == 1
    assert Forecast.objects.get(member=once).reasons


def test_spend_is_in_the_shops_currency_and_other_orders_are_orders_still(people: People) -> None:
    member = MemberFactory()
    order(member, NOON - timedelta(days=9), total="7.00")
    order(member, NOON - timedelta(days=2), total="900.00", currency="EUR")

    history = load_purchases(as_of=NOON, member_ids=[member.pk]).history(as_of_day=day_number(NOON))

    assert (history.n_orders, history.amounts.tolist()) == (2, [7.0, 0.0])


def test_days_are_days_of_the_shop(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    member = MemberFactory()
    order(member, NOON.replace(hour=15, minute=59))
    order(member, NOON.replace(hour=16, minute=1))  # the next day there

    history = load_purchases(as_of=NOON + timedelta(days=1)).history(as_of_day=day_number(NOON) + 9)

    assert np.diff(history.days).tolist() == [1]


def test_both_lists_are_segments(people: People) -> None:
    ForecastFactory(member=people[0], order_chance_7d=0.5)
    ForecastFactory(member=people[1], churn_risk=0.6, order_chance_7d=0.1)
    ForecastFactory(member=people[2], churn_risk=0.6, order_chance_7d=0.1, orders_known=2)
    ForecastFactory(member=people[3], churn_risk=0.97, order_chance_7d=0.0)

    refresh_segments(at=NOON)

    assert inside("likely-this-week") == {people[0].pk}
    assert inside("slipping-away") == {people[1].pk}
    assert {segment.kind for segment in Segment.objects.all()} == {"model"}
    assert Forecast.objects.get(member=people[1]).is_slipping_away


def test_money_keeps_its_cents(people: People, model: LoadedModel) -> None:
    score_members(loaded=model, as_of=NOON)
    spent = sum(
        (one.total for one in Order.objects.filter(member=people[5], currency=settings.SHOP_CURRENCY)),
        Decimal(0),
    )
    row = Forecast.objects.get(member=people[5])
    assert row.lifetime_value == spent + row.expected_spend_365d
