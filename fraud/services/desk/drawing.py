"""The effect of each order of the sequence on the model's output, for the alert page."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from fraud.features import load_history
from fraud.models import DecisionLog
from fraud.services.answering.answers import FAMILY
from fraud.services.answering.packing import unpacked
from membership.models import Order
from registry.models import ModelVersion
from registry.services import NoLiveModel, load_live

if TYPE_CHECKING:
    from fraud.ml.orders.sequences import TransactionSequences

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Effect:
    """In units of the logit; ``width`` is its bar beside the strongest one, in per cent."""

    value: float
    width: int
    field: str

    @property
    def is_suspect(self) -> bool:
        """Whether the order raised the score."""
        return self.value > 0


def effects_on(order: Order) -> list[Effect]:
    """Integrated gradients of the live model: the order itself first, then the ones before it.

    Of the inputs of the decision; where the order was scored in the background, of those it would have now.
    [] where there is nothing to draw: no live version, or a model without sequences.
    """
    try:
        loaded = load_live(FAMILY, within=2.0)
        from fraud.ml.judging.attributions import MEMBER_FIELDS, attributions

        sequences = _seen(order, version=loaded.version)
        effects = attributions(loaded.estimator, sequences).member[0]
    except (NoLiveModel, TimeoutError, ValueError, KeyError, TypeError) as error:
        logger.info("order %s is not drawn: %s", order.order_no, error)
        return []
    rows = effects[sequences.mask[0]][::-1]
    totals = rows.sum(axis=1)
    strongest = max(abs(totals).max(), 1e-9)
    return [
        Effect(round(float(total), 2), round(100 * abs(float(total)) / strongest), _field(row, MEMBER_FIELDS))
        for total, row in zip(totals, rows, strict=True)
    ]


def _seen(order: Order, *, version: ModelVersion) -> TransactionSequences:
    import numpy as np

    log = DecisionLog.objects.filter(order=order, model_version=version).order_by("-id").first()
    if log is not None and log.features:
        return unpacked(log.features)
    history = load_history(order=order)
    return history.sequences(rows=np.array([len(history) - 1]))


def _field(row: object, names: tuple[str, ...]) -> str:
    """The field with the largest effect on the output."""
    words = {
        "amount": _("amount"), "moment": _("hour and day"), "gap": _("time between orders"),
        "basket": _("basket"), "discount": _("discount"), "channel": _("channel"),
        "payment_method": _("payment method"), "countries": _("countries"), "velocity": _("velocity"),
        "account": _("account"), "device": _("device"), "instrument": _("means of payment"),
        "address": _("shipping address"), "ip_prefix": _("network"),
        "shipping_country": _("shipping country"),
        "known_labels": _("known outcomes"), "order": _("the order itself"),
    }  # fmt: skip
    values = [abs(float(value)) for value in row]  # type: ignore[attr-defined]  # an array
    name = names[values.index(max(values))]
    return words.get(name, name)
