from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from membership.errors import Conflict, Rejected
from membership.models import Event, Member, Product
from recommendations.models import Experiment, Exposure
from recommendations.services.experiments import (
    CREDIT_DAYS,
    Arm,
    arm_for,
    create_experiment,
    end_experiment,
    results_of,
    start_experiment,
    version_of,
)
from tests.factories import (
    NOON,
    EventFactory,
    MemberFactory,
    ModelVersionFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
)

pytestmark = pytest.mark.django_db
TWO: list[dict[str, Any]] = [{"name": "control"}, {"name": "varied", "settings": {"diversity": 0.5}}]


def running(**values: Any) -> Experiment:
    made = create_experiment(**{"name": "e", "surface": "for-you", "arms": TWO, **values})
    start_experiment(experiment=made)
    Experiment.objects.filter(pk=made.pk).update(started_at=NOON - timedelta(days=1))
    made.refresh_from_db()
    return made


def exposed(experiment: Experiment, arm: str, product: Product, member: Member | None = None) -> Member:
    member = member or MemberFactory()
    Exposure.objects.create(
        member=member, surface="for-you", day=NOON.date(), source="model", experiment=experiment, arm=arm,
        products=[product.pk], shown_at=NOON,
    )  # fmt: skip
    assert member is not None
    return member


def ordered(member: Member, product: Product, *, days: float) -> None:
    order = OrderFactory(member=member, placed_at=NOON + timedelta(days=days))
    OrderItemFactory(order=order, product=product)


@pytest.mark.parametrize(
    ("status", "refunded", "total", "sold"),
    [("paid", 0, 10, 1), ("paid", 4, 6, 1), ("paid", 10, 0, 0), ("cancelled", 0, 10, 0),
     ("declined", 0, 10, 0), ("refunded", 10, 0, 0)],
)  # fmt: skip
def test_what_was_cancelled_or_sent_back_is_no_sale_of_an_arm(status, refunded, total, sold):
    product = ProductFactory()
    member = exposed(experiment := running(), "control", product)
    order = OrderFactory(member=member, status=status, placed_at=NOON + timedelta(days=1))
    OrderItemFactory(order=order, product=product, refunded=refunded, total=total)

    assert results_of(experiment=experiment)[0].ordered == sold


def arm_of(member: Member) -> str:
    assignment = arm_for(member=member, surface="for-you")
    assert assignment is not None
    return assignment.arm.name


def test_a_member_stays_in_one_arm_and_both_arms_have_members():
    running()
    members = [MemberFactory() for _ in range(30)]
    arms = [arm_of(one) for one in members]

    assert set(arms) == {"control", "varied"}
    assert arms == [arm_of(one) for one in members]


def test_another_surface_has_no_experiment(django_assert_num_queries: DjangoAssertNumQueries):
    running()
    member = MemberFactory()
    arm_for(member=member, surface="for-you")

    with django_assert_num_queries(0):  # what runs is kept
        assert arm_for(member=member, surface="buy-again") is None


def test_orders_of_a_shown_product_within_a_week_are_credited():
    experiment, product, other = running(), ProductFactory(), ProductFactory()
    in_time = exposed(experiment, "control", product)
    ordered(in_time, product, days=CREDIT_DAYS)
    ordered(exposed(experiment, "control", product), product, days=CREDIT_DAYS + 0.1)
    ordered(exposed(experiment, "control", product), product, days=-0.5)
    ordered(exposed(experiment, "control", product), other, days=1)
    control, varied = results_of(experiment=experiment)

    assert (control.members, control.ordered) == (4, 1)
    assert control.order_rate.value == 0.25
    assert (varied.members, varied.ordered) == (0, 0)


def test_a_click_counts_once_for_its_member():
    experiment, product = running(), ProductFactory()
    member = exposed(experiment, "varied", product)
    for hours in (1, 2):
        EventFactory(
            member=member, product=product, type=Event.Type.CLICK, occurred_at=NOON + timedelta(hours=hours)
        )
    _control, varied = results_of(experiment=experiment)

    assert (varied.members, varied.clicked) == (1, 1)


def test_the_difference_is_that_to_the_first_arm():
    experiment, product = running(), ProductFactory()
    for arm, bought in (("control", 0), ("control", 1), ("varied", 1)):
        member = exposed(experiment, arm, product)
        if bought:
            ordered(member, product, days=1)
    control, varied = results_of(experiment=experiment)

    assert control.over_control is None
    assert varied.over_control is not None
    assert varied.over_control.value == pytest.approx(0.5)


def test_results_take_three_queries_however_many_members(django_assert_num_queries: DjangoAssertNumQueries):
    experiment, product = running(), ProductFactory()
    for _ in range(5):
        ordered(exposed(experiment, "control", product), product, days=1)

    with django_assert_num_queries(3):
        results_of(experiment=experiment)


@pytest.mark.parametrize(
    "arms",
    [
        [],
        [{"name": "alone"}],
        [{"name": "same"}, {"name": "same"}],
        [{"name": "a"}, {"name": "b", "model_version": 99}],
        [{"name": "a"}, {"name": "b", "settings": {"diversity": 7}}],
        [{"name": "a"}, {"name": "b", "settings": {"colour": 1}}],
        [{"name": str(number)} for number in range(7)],
    ],
)
def test_arms_that_cannot_be_compared_are_refused(arms: list[dict[str, Any]]):
    with pytest.raises(Rejected):
        create_experiment(name="e", surface="for-you", arms=arms)
    assert not Experiment.objects.exists()


def test_one_experiment_runs_on_a_surface():
    running()
    second = create_experiment(name="f", surface="for-you", arms=TWO)
    with pytest.raises(Conflict, match="Another experiment is running"):
        start_experiment(experiment=second)

    assert Experiment.objects.get(pk=second.pk).status == Experiment.Status.DRAFT
    start_experiment(experiment=create_experiment(name="g", surface="buy-again", arms=TWO))


def test_an_experiment_is_started_and_ended_once():
    made = running()
    with pytest.raises(Conflict, match="Only a draft"):
        start_experiment(experiment=made)
    end_experiment(experiment=made)
    with pytest.raises(Conflict, match="is not running"):
        end_experiment(experiment=made)

    assert arm_for(member=MemberFactory(), surface="for-you") is None


def test_an_arm_names_a_version_or_the_live_one():
    version = ModelVersionFactory(number=3)

    assert version_of(Arm("a", model_version=3)) == version
    assert version_of(Arm("a")) is None
    assert version_of(Arm("a", model_version=4)) is None
