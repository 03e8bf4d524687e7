"""What an automatic search may change about each model, and to what. Chosen wide, around the defaults."""

from __future__ import annotations

from typing import Any

from learning.coordinate_search import Space
from recommendations.ml.factors.als import Als
from recommendations.ml.factors.neural_cf import NeuralCf
from recommendations.ml.ordering.ease import Ease
from recommendations.ml.ordering.linear import LinearTransitions
from recommendations.ml.ordering.transitions import ItemTransitions
from recommendations.ml.popularity import Popularity
from recommendations.ml.sequence.transformer import SequenceTransformer

SPACES: dict[str, Space] = {
    Popularity.name: {"half_life_days": (7.0, 14.0, 28.0, 90.0)},
    Als.name: {
        "factors": (32, 64, 128),
        "iterations": (6, 10, 15),
        "alpha": (0.5, 1.0, 2.0, 5.0, 20.0, 80.0),
        "regularization": (5e-4, 1e-3, 2e-3, 5e-3, 1e-2),
        "half_life_days": (None, 30.0, 45.0, 90.0, 180.0),
    },
    ItemTransitions.name: {
        "window": (5, 10, 20),
        "step_decay": (0.25, 0.5, 1.0),
        "backward": (0.1, 0.3, 0.6),
        "history_decay": (0.4, 0.8, 1.2, 1.8),
        "source_damping": (0.2, 0.4, 0.6),
        "target_damping": (0.1, 0.3, 0.5),
        "half_life_days": (None, 60.0, 180.0),
        "attribute_weight": (0.1, 0.3, 0.6),
    },
    LinearTransitions.name: {
        "regularization": (30.0, 100.0, 300.0),
        "fading": (0.7, 0.8, 0.9),
        "attribute_weight": (0.0, 1.0, 3.0, 10.0),
    },
    SequenceTransformer.name: {
        "dimension": (64, 128),
        "dropout": (0.2, 0.3, 0.5),
        "training.learning_rate": (1e-3, 2e-3, 4e-3),
    },
    Ease.name: {"regularization": (100.0, 300.0, 1000.0), "history_decay": (0.0, 0.5, 1.0)},
    NeuralCf.name: {"learning_rate": (3e-3, 1e-2, 3e-2), "epochs": (10, 15, 30)},
}


def space_of(name: str, config: Any) -> Space:
    """The space that the configuration declares itself (``SEARCH``), or the one kept here; {} for none."""
    return getattr(type(config), "SEARCH", None) or SPACES.get(name, {})
