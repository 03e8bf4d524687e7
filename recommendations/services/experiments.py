"""Experiments: which arm a member belongs to, and the results of each arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from learning.ab_test import Interval, difference, group_of, share
from learning.json_types import JsonMapping, JsonObject
from membership.errors import Conflict, rejected
from membership.models import Event, Member, Order, OrderItem
from recommendations.models import Experiment, Exposure
from recommendations.services.tuning import Tuning
from registry.models import ModelVersion
from registry.quiet_cache import forget, kept

CACHE_KEY = "recommendations:experiments"
CACHE_SECONDS = 60
CREDIT_DAYS = 7
"""How long after a list was shown an order of one of its products is credited to it."""
MOST_ARMS = 6
FAMILY = "recommendations"


@dataclass(frozen=True)
class Arm:
    """One way to recommend: a version's number, None for the live one, and changes to the shop's tuning."""

    name: str
    weight: float = 1.0
    model_version: int | None = None
    settings: JsonMapping = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """The arm that a member belongs to in a running experiment."""

    experiment_id: int
    arm: Arm


@dataclass(frozen=True)
class ArmResult:
    """``members`` were shown a list of this arm; of those ``clicked`` clicked, and ``ordered`` ordered, one
    of its products within CREDIT_DAYS. ``over_control`` is the ordering rate minus the first arm's.
    """

    name: str
    members: int
    clicked: int
    ordered: int
    click_rate: Interval
    order_rate: Interval
    over_control: Interval | None


def arm_for(*, member: Member, surface: str) -> Assignment | None:
    """The member's arm in the experiment that runs on this surface; None while none does."""
    for experiment_id, salt, on_surface, arms in _running():
        if on_surface == surface:
            weights = [arm.weight for arm in arms]
            return Assignment(
                experiment_id, arms[group_of(str(member.public_id), salt=salt, weights=weights)]
            )
    return None


def version_of(arm: Arm) -> ModelVersion | None:
    """The version that the arm names; None for the live one, and where it was deleted."""
    if arm.model_version is None:
        return None
    return ModelVersion.objects.filter(family=FAMILY, number=arm.model_version).first()


def create_experiment(*, name: str, surface: str, arms: Sequence[JsonMapping]) -> Experiment:
    """A draft, to be started. Raises Rejected, naming everything that is wrong."""
    checked = [_checked(number, arm) for number, arm in enumerate(arms)]
    if not 2 <= len(checked) <= MOST_ARMS:
        raise rejected("arms", _("An experiment needs 2 to %d arms.") % MOST_ARMS)
    if len({arm["name"] for arm in checked}) < len(checked):
        raise rejected("arms", _("Each arm needs a name of its own."))
    return Experiment.objects.create(name=name, surface=surface, arms=checked)


def start_experiment(*, experiment: Experiment) -> Experiment:
    """Let it run from now on. Raises Conflict when it ran before, or another runs on its surface."""
    if experiment.status != Experiment.Status.DRAFT:
        raise Conflict(_("Only a draft can be started."))
    experiment.status, experiment.started_at = Experiment.Status.RUNNING, timezone.now()
    try:
        with transaction.atomic():
            experiment.save(update_fields=("status", "started_at"))
    except IntegrityError:
        raise Conflict(_("Another experiment is running on this surface; end it first.")) from None
    return experiment


def end_experiment(*, experiment: Experiment) -> Experiment:
    """Stop it; everybody is served by the live model again. Raises Conflict when it does not run."""
    if experiment.status != Experiment.Status.RUNNING:
        raise Conflict(_("This experiment is not running."))
    experiment.status, experiment.ended_at = Experiment.Status.ENDED, timezone.now()
    experiment.save(update_fields=("status", "ended_at"))
    return experiment


def results_of(*, experiment: Experiment) -> list[ArmResult]:
    """What each arm brought, the control first. Four queries, however many members."""
    shown = list(
        Exposure.objects.filter(experiment=experiment)
        .order_by("shown_at", "pk")
        .values_list("member_id", "arm", "products", "shown_at")
    )
    clicks = _after(Event.objects.filter(type=Event.Type.CLICK), "occurred_at", experiment)
    # what was cancelled, declined or sent back was not sold
    sold = OrderItem.objects.filter(Q(refunded=0) | Q(total__gt=0), order__status__in=Order.COUNTED)
    orders = _after(sold, "placed_at", experiment)
    counted: dict[str, tuple[set[int], set[int], set[int]]] = {
        arm["name"]: (set(), set(), set()) for arm in experiment.arms
    }
    window = timedelta(days=CREDIT_DAYS)
    for member, arm, products, moment in shown:
        members, clicked, ordered = counted.setdefault(arm, (set(), set(), set()))
        members.add(member)
        for deeds, done in ((clicks, clicked), (orders, ordered)):
            if any(
                product in products and moment <= at <= moment + window
                for product, at in deeds.get(member, ())
            ):
                done.add(member)
    sizes = [(name, len(m), len(c), len(o)) for name, (m, c, o) in counted.items()]
    return [
        ArmResult(
            name=name,
            members=n,
            clicked=clicked_n,
            ordered=ordered_n,
            click_rate=share(clicked_n, n),
            order_rate=share(ordered_n, n),
            over_control=difference(ordered_n, n, sizes[0][3], sizes[0][1]) if place else None,
        )
        for place, (name, n, clicked_n, ordered_n) in enumerate(sizes)
    ]


def forget_experiments(**kwargs: object) -> None:
    """An experiment has changed: every process reads them again. A receiver of ``post_save``."""
    forget(CACHE_KEY)


def _after(
    rows: QuerySet[Event] | QuerySet[OrderItem], moment: str, experiment: Experiment
) -> dict[int, list[tuple[int, datetime]]]:
    """member -> (product, moment) of what exposed members did since the experiment began."""
    members = Exposure.objects.filter(experiment=experiment).values("member")
    conflicting = rows.filter(
        **{"member__in": members, f"{moment}__gte": experiment.started_at or experiment.created_at}
    )
    done: dict[int, list[tuple[int, datetime]]] = {}
    for member, product, at in conflicting.order_by().values_list("member_id", "product_id", moment):
        done.setdefault(member, []).append((product, at))
    return done


def _running() -> list[tuple[int, str, str, list[Arm]]]:
    return kept(CACHE_KEY, _read, seconds=CACHE_SECONDS)


def _read() -> list[tuple[int, str, str, list[Arm]]]:
    rows = Experiment.objects.filter(status=Experiment.Status.RUNNING).order_by("pk")
    return [(row.pk, str(row.public_id), row.surface, [Arm(**arm) for arm in row.arms]) for row in rows]


def _checked(number: int, arm: JsonMapping) -> JsonObject:
    """The arm as it is stored. Raises Rejected."""
    version = arm.get("model_version")
    if version is not None and not ModelVersion.objects.filter(family=FAMILY, number=version).exists():
        raise rejected(f"arms.{number}.model_version", _("There is no version %s of the model.") % version)
    try:
        Tuning.changed(arm.get("settings") or {})
    except ValueError as error:
        raise rejected(f"arms.{number}.settings", str(error)) from None
    return {
        "name": arm["name"],
        "weight": float(arm.get("weight", 1.0)),
        "model_version": version,
        "settings": dict(arm.get("settings") or {}),
    }
