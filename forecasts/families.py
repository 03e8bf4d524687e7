"""The two model families of this app: forecasts of members, and the demand for products."""

from __future__ import annotations

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
            estimators={
                "blend": "forecasts.ml.members.forecast_blend.MemberBlend",
                "pareto_nbd": "forecasts.ml.members.classical.Classical",
            },
            train=forecast_training.train_candidate,
            write_back=forecasts.write_back,
            rescoring_task="membership.tasks.score_forecasts",
        )
    )
    register_family(
        Family(
            name=demand.FAMILY,
            title=_("Demand"),
            estimators={"demand": "forecasts.ml.demand.demand.Demand"},
            train=demand_training.train_candidate,
            write_back=demand.write_back,
            rescoring_task="membership.tasks.score_demand",
        )
    )
