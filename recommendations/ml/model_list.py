"""All recommenders by name, the one list: these can be compared, may compete in a retrain, and are loaded.

Paths, so that a web process knows the names and starts without torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from learning.estimator import class_at

if TYPE_CHECKING:
    from recommendations.ml.recommender import Recommender

MODELS = {
    "popularity": "recommendations.ml.popularity.Popularity",
    "item_transitions": "recommendations.ml.ordering.transitions.ItemTransitions",
    "als": "recommendations.ml.factors.als.Als",
    "ease": "recommendations.ml.ordering.ease.Ease",
    "neural_cf": "recommendations.ml.factors.neural_cf.NeuralCf",
    "gan": "recommendations.ml.factors.gan.Gan",
    "sequence_transformer": "recommendations.ml.sequence.transformer.SequenceTransformer",
    "linear_transitions": "recommendations.ml.ordering.linear.LinearTransitions",
    "next_product": "recommendations.ml.ordering.next_product.NextProduct",
    "purchase_ranker": "recommendations.ml.repeat.ranker.PurchaseRanker",
    "blend": "recommendations.ml.blend.Blend",
}


def recommender(name: str, config: Any = None) -> Recommender:
    """An unfitted model of this name, with its own settings unless others are given."""
    cls = class_at(MODELS[name])
    fresh: Recommender = cls() if config is None else cls(config)
    return fresh
