"""The blend answers as long as one of its parts does."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.ml.models.blend import FraudBlend
from fraud.ml.orders.sequences import build_sequences
from tests.fraud.toys import some_orders

SEQUENCES = build_sequences(some_orders(), time_zone="UTC").select(slice(3))


class Part:
    """Gives every order the same logit, or fails; counts its calls."""

    def __init__(self, logit: float | None) -> None:
        self.logit, self.calls = logit, 0

    def logits(self, sequences):
        self.calls += 1
        if self.logit is None:
            raise ArithmeticError("broken")
        return np.full(len(sequences), self.logit)


def blend_of(**parts: tuple[Part, float]) -> FraudBlend:
    blend = FraudBlend()
    blend.parts_ = {name: part for name, (part, _) in parts.items()}
    blend.weights_ = {name: weight for name, (_, weight) in parts.items()}
    return blend


def test_logits_are_added_by_weight():
    blend = blend_of(lstm=(Part(1.0), 0.25), boosted_trees=(Part(-1.0), 0.75))

    np.testing.assert_allclose(blend.logits(SEQUENCES), [-0.5, -0.5, -0.5])


@pytest.mark.parametrize("broken", [None, np.nan])
def test_where_a_part_fails_the_other_answers(broken):
    blend = blend_of(lstm=(Part(broken), 0.9), boosted_trees=(Part(2.0), 0.1))

    np.testing.assert_allclose(blend.logits(SEQUENCES), [2, 2, 2])


def test_a_part_without_weight_is_used_only_when_all_others_fail():
    idle, needed = Part(3.0), Part(3.0)

    whole = blend_of(logistic=(idle, 0.0), lstm=(Part(1.0), 0.5), boosted_trees=(Part(1.0), 0.5))
    np.testing.assert_allclose(whole.logits(SEQUENCES), [1, 1, 1])
    assert idle.calls == 0

    broken = blend_of(logistic=(needed, 0.0), lstm=(Part(None), 0.5), boosted_trees=(Part(None), 0.5))
    np.testing.assert_allclose(broken.logits(SEQUENCES), [3, 3, 3])


def test_when_every_part_fails_the_reason_is_raised():
    with pytest.raises(ArithmeticError, match="broken"):
        blend_of(lstm=(Part(None), 1.0), boosted_trees=(Part(None), 0.0)).logits(SEQUENCES)
