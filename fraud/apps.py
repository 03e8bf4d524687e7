from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FraudConfig(AppConfig):
    name = "fraud"
    verbose_name = _("Fraud")

    def ready(self) -> None:
        from fraud.panels import member_panel
        from fraud.segment_fields import FIELDS
        from fraud.services.rescoring import write_back
        from fraud.services.training import FAMILY, train_candidate
        from membership.panels import register_panel
        from membership.rules.registry import register_field
        from registry.families import Family, register_family

        register_family(
            Family(
                name=FAMILY,
                title=_("Fraud detection"),
                estimators={
                    "logistic": _logistic,
                    "boosted_trees": _boosted_trees,
                    "lstm_member": _lstm_member,
                    "lstm": _lstm,
                    "blend": _blend,
                },
                train=train_candidate,
                write_back=write_back,
                queue_rescoring=_queue_rescoring,
            )
        )
        register_panel(member_panel)
        for field in FIELDS:
            register_field(field)


def _queue_rescoring() -> None:
    from fraud.tasks import score_recent_orders

    score_recent_orders.delay()


# imported when a model is loaded, so that a web process starts without torch


def _logistic() -> type[Any]:
    from fraud.ml.models.logistic import LogisticFraud

    return LogisticFraud


def _boosted_trees() -> type[Any]:
    from fraud.ml.models.boosted_trees import BoostedTrees

    return BoostedTrees


def _lstm() -> type[Any]:
    from fraud.ml.models.two_sequence_lstm import TwoSequenceLstm

    return TwoSequenceLstm


def _blend() -> type[Any]:
    from fraud.ml.models.blend import FraudBlend

    return FraudBlend


def _lstm_member() -> type[Any]:
    from fraud.ml.models.lstm import MemberLstm

    return MemberLstm
