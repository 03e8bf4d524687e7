from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from learning.estimator import Progress
    from registry.models import TrainingRun


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = _("Recommendations")

    def ready(self) -> None:
        from membership.mail_columns import register_product_picks
        from membership.panels import register_panel
        from recommendations.charts import version_charts
        from recommendations.mail_columns import picks
        from recommendations.panels import member_panel
        from recommendations.services.comparing import FAMILY
        from recommendations.services.training import train_candidate
        from registry.families import Family, register_family

        register_family(
            Family(
                name=FAMILY,
                title=_("Recommendations"),
                estimators={
                    "popularity": _popularity,
                    "item_transitions": _item_transitions,
                    "linear_transitions": _linear_transitions,
                    "sequence_transformer": _sequence_transformer,
                    "next_product": _next_product,
                    "als": _als,
                    "ease": _ease,
                    "blend": _blend,
                },
                train=train_candidate,
                write_back=_write_back,
                queue_rescoring=_queue_rescoring,
                charts=version_charts,
            )
        )
        register_panel(member_panel)
        register_product_picks(picks)
        _forget_what_is_kept_when_it_changes()


def _forget_what_is_kept_when_it_changes() -> None:
    """Rules, experiments and answers are kept in the cache; saving one makes all processes look again."""
    from django.db.models.signals import post_delete, post_save

    from recommendations.models import Experiment, MerchandisingRule
    from recommendations.services.experiments import forget_experiments
    from recommendations.services.keeping import forget_answers
    from recommendations.services.merchandising import forget_rules

    for signal in (post_save, post_delete):
        signal.connect(forget_rules, sender=MerchandisingRule)
        signal.connect(forget_experiments, sender=Experiment)
        signal.connect(forget_answers, sender=MerchandisingRule)
        signal.connect(forget_answers, sender=Experiment)


def _write_back(run: TrainingRun, progress: Progress) -> None:
    from recommendations.services.writing.write_back import write_back
    from recommendations.tasks import queue_shard

    write_back(run=run, progress=progress, queue=queue_shard)


def _queue_rescoring() -> None:
    from recommendations.tasks import score_recommendations

    score_recommendations.delay()


# imported when a model is loaded, so that a web process starts without torch


def _popularity() -> type[Any]:
    from recommendations.ml.popularity import Popularity

    return Popularity


def _item_transitions() -> type[Any]:
    from recommendations.ml.ordering.transitions import ItemTransitions

    return ItemTransitions


def _sequence_transformer() -> type[Any]:
    from recommendations.ml.sequence.transformer import SequenceTransformer

    return SequenceTransformer


def _linear_transitions() -> type[Any]:
    from recommendations.ml.ordering.linear import LinearTransitions

    return LinearTransitions


def _next_product() -> type[Any]:
    from recommendations.ml.ordering.next_product import NextProduct

    return NextProduct


def _ease() -> type[Any]:
    from recommendations.ml.ordering.ease import Ease

    return Ease


def _als() -> type[Any]:
    from recommendations.ml.factors.als import Als

    return Als


def _blend() -> type[Any]:
    from recommendations.ml.blending.blend import Blend

    return Blend
