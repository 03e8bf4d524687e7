"""The two model families of this app: forecasts of members, and the demand for products."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.families import Family, register_family


def register_families() -> None:
    """Called once, when the app is ready."""
    from forecasts.services import (
        demand,
        demand_training,
    )
    from forecasts.services import (
        member_scoring as forecasts,
    )
    from forecasts.services import (
        member_training as forecast_training,
    )

    register_family(
        Family(
            name=forecasts.FAMILY,
            title=_("Forecasts"),
            estimators={"pareto_nbd": _classical, "blend": _blend},
            train=forecast_training.train_candidate,
            write_back=forecasts.write_back,
            queue_rescoring=_queue_members,
        )
    )
    register_family(
        Family(
            name=demand.FAMILY,
            title=_("Demand"),
            estimators={"demand": _demand},
            train=demand_training.train_candidate,
            write_back=demand.write_back,
            queue_rescoring=_queue_products,
        )
    )


def _queue_members() -> None:
    from forecasts.tasks import score_forecasts

    score_forecasts.delay()


def _queue_products() -> None:
    from forecasts.tasks import score_demand

    score_demand.delay()


# imported when a model is loaded, so that a web process starts without torch


def _classical() -> type[Any]:
    from forecasts.ml.members.classical import Classical

    return Classical


def _blend() -> type[Any]:
    from forecasts.ml.members.forecast_blend import MemberBlend

    return MemberBlend


def _demand() -> type[Any]:
    from forecasts.ml.demand.demand import Demand

    return Demand
