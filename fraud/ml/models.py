"""All fraud models by name, the one list: these can be compared, may compete in a retrain, and are loaded.

Paths, so that a web process knows the names and starts without torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from learning.estimator import class_at

if TYPE_CHECKING:
    from learning.estimator import Estimator

MODELS = {
    "logistic": "fraud.ml.logistic.LogisticFraud",
    "boosted_trees": "fraud.ml.boosted_trees.BoostedTrees",
    "lstm_member": "fraud.ml.lstm.MemberLstm",
    "lstm": "fraud.ml.two_sequence_lstm.TwoSequenceLstm",
    "blend": "fraud.ml.blend.FraudBlend",
}


def fraud_model(name: str) -> Estimator:
    """An unfitted model of this name with its own settings."""
    fresh: Estimator = class_at(MODELS[name])()
    return fresh
