"""All fraud models by name, the one list: these can be compared, may compete in a retrain, and are loaded.

Paths, so that a web process knows the names and starts without torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from learning.estimator import class_at

if TYPE_CHECKING:
    from learning.estimator import Estimator

MODELS = {
    "logistic": "fraud.ml.models.logistic.LogisticFraud",
    "boosted_trees": "fraud.ml.models.boosted_trees.BoostedTrees",
    "lstm_member": "fraud.ml.models.lstm.MemberLstm",
    "lstm": "fraud.ml.models.two_sequence_lstm.TwoSequenceLstm",
    "blend": "fraud.ml.models.blend.FraudBlend",
}


def fraud_model(name: str) -> Estimator:
    """An unfitted model of this name with its own settings."""
    fresh: Estimator = class_at(MODELS[name])()
    return fresh
