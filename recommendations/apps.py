from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from learning.estimator import Progress
    from registry.models import TrainingRun


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = _("Recommendations")

    def ready(self) -> None:
        from importing.uses import Computed, register_computed
        from membership.catalogue.product_pages import register_product_note
        from membership.mail_columns import register_product_picks
        from membership.merges.relations import Follows, MergeRelation, register_merge_relations
        from membership.panels import register_panel
        from membership.rules.names.uses import RuleHolder, register_holder
        from recommendations.charts import version_charts
        from recommendations.mail_columns import picks
        from recommendations.ml.model_list import MODELS
        from recommendations.panels import member_panel, repeat_note
        from recommendations.services.comparing import FAMILY
        from recommendations.services.merchandising import replace_in_rules, rules_using
        from recommendations.services.training import train_candidate, train_light_candidate
        from registry.families import Family, check_competing, register_family

        register_family(
            Family(
                name=FAMILY,
                title=_("Recommendations"),
                estimators=MODELS,
                train=train_candidate,
                train_light=train_light_candidate,
                write_back=_write_back,
                rescoring_task="recommendations.tasks.score_recommendations",
                charts=version_charts,
            )
        )
        check_competing(
            family=FAMILY, names=settings.RECOMMENDATIONS["MODELS"], setting="RECOMMENDATION_MODELS"
        )
        register_panel(member_panel)
        register_merge_relations(
            MergeRelation("recommendations.Recommendation", Follows.STAYS),
            MergeRelation("recommendations.Exposure", Follows.MOVES),
        )
        register_holder(
            RuleHolder(
                "merchandising",
                _("in the merchandising rules %s"),
                names=rules_using,
                replace=replace_in_rules,
            )
        )
        register_product_picks(picks)
        register_product_note(repeat_note)
        for name in ("Recommendation", "SimilarProduct", "RepeatGap"):
            register_computed(Computed(f"recommendations.{name}"))
        _forget_what_is_kept_when_it_changes()


def _forget_what_is_kept_when_it_changes() -> None:
    """Rules, experiments and answers are kept in the cache; saving one makes all processes look again."""
    from django.db.models.signals import post_delete, post_save

    from membership.models import Category, Product
    from recommendations.models import Experiment, MerchandisingRule
    from recommendations.services.experiments import forget_experiments
    from recommendations.services.keeping import forget_answers, forget_answers_about
    from recommendations.services.merchandising import forget_rules

    for signal in (post_save, post_delete):
        signal.connect(forget_rules, sender=MerchandisingRule)
        signal.connect(forget_experiments, sender=Experiment)
        signal.connect(forget_answers, sender=MerchandisingRule)
        signal.connect(forget_answers, sender=Experiment)
    for sender in (Product, Category):
        post_save.connect(forget_answers_about, sender=sender)


def _write_back(run: TrainingRun, progress: Progress) -> None:
    from recommendations.services.writing.write_back import write_back
    from recommendations.tasks import queue_shard

    write_back(run=run, progress=progress, queue=queue_shard)
