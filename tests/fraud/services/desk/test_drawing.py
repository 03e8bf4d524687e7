"""What moved the model, order by order."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from fraud.features import load_orders
from fraud.ml.models.two_sequence_lstm import TwoLstmConfig, TwoSequenceLstm
from fraud.ml.orders.labelling import labelled_at
from fraud.ml.orders.training_data import LabelledSequences
from fraud.models import DecisionLog
from fraud.services.desk.drawing import effects_on
from fraud.services.scoring import score_order
from fraud.services.training import FAMILY
from membership.models import Order
from registry.families import Candidate
from registry.services.versions import register_candidate, store_artefact

pytestmark = pytest.mark.django_db

SMALL = TwoLstmConfig(hidden_size=4, head_size=4, epochs=2, batch_size=64)


@pytest.fixture
def live_lstm(shop, now) -> None:
    """A live two-sequence LSTM that has hardly learned."""
    orders = load_orders()
    labelled = labelled_at(orders.columns, as_of=int(now.timestamp()))
    rows = labelled.rows
    data = LabelledSequences(
        orders.sequences().select(rows), labelled.is_fraud, orders.columns.placed_at[rows]
    )
    model = TwoSequenceLstm(SMALL).fit(data, rng=np.random.default_rng(1))
    parameters = {"config": asdict(model.config), "thresholds": {"review": 0.5, "decline": None}}
    candidate = Candidate(model, 1.0, None, parameters, {}, None, None, "")
    artefact = store_artefact(family=FAMILY, candidate=candidate)
    register_candidate(family=FAMILY, candidate=candidate, artefact=artefact)


def test_an_order_scored_in_the_background_is_drawn_as_one_decided_at_checkout(live_lstm):
    order = Order.objects.latest("placed_at", "id")
    in_background = effects_on(order)
    score_order(order=order)
    assert DecisionLog.objects.get().features
    decided = effects_on(order)

    assert [effect.value for effect in in_background] == [effect.value for effect in decided]
    assert len(decided) == min(16, order.member.orders.count())
    assert max(effect.width for effect in decided) == 100
    assert all(effect.field for effect in decided)


def test_without_a_model_nothing_is_drawn(shop):
    assert effects_on(Order.objects.latest("placed_at", "id")) == []
