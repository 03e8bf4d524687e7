from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.sequence.softmax_loss import softmax_loss
from recommendations.ml.sequence.training import TrainingConfig
from recommendations.ml.sequence.transformer import SequenceConfig, SequenceTransformer

LESSONS = TrainingConfig(learning_rate=0.02, warm_up_steps=20, epochs=25, positions_a_batch=64)
SMALL = SequenceConfig(dimension=16, layers=1, dropout=0.0, length=6, training=LESSONS)


def rounds(n_members: int = 30) -> Interactions:
    """Everybody walks 0, 1, .. 5, from a product of their own, nine days long."""
    members = np.repeat(np.arange(n_members), 9)
    days = np.tile(np.arange(9), n_members)
    return Interactions.from_ids(members, (members + days) % 6, days * SECONDS_PER_DAY)


def fit(data: Interactions, config: SequenceConfig = SMALL) -> SequenceTransformer:
    return SequenceTransformer(config).fit(data, rng=np.random.default_rng(1))


def test_the_loss_and_its_gradients_are_those_of_plain_cross_entropy():
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(300, 8, generator=generator, requires_grad=True)
    products = torch.randn(40, 8, generator=generator, requires_grad=True)
    targets = torch.randint(0, 40, (300,), generator=generator)
    softmax_loss(states, products, targets).backward()
    assert states.grad is not None
    assert products.grad is not None
    ours = states.grad.clone(), products.grad.clone()
    states.grad = products.grad = None
    torch.nn.functional.cross_entropy(states @ products.T, targets).backward()

    torch.testing.assert_close(ours[0], states.grad, atol=2e-4, rtol=0.05)
    torch.testing.assert_close(ours[1], products.grad, atol=2e-3, rtol=0.05)


def test_it_learns_what_comes_next():
    data = rounds()
    scores = fit(data).score(np.arange(6))

    assert scores.argmax(axis=1).tolist() == [(member + 9) % 6 for member in range(6)]


def test_a_sampled_catalogue_gives_the_same_order():
    sampled = replace(LESSONS, full_softmax_to=2, negatives=4)
    model = fit(rounds(), replace(SMALL, training=sampled))

    assert model.score(np.arange(6)).argmax(axis=1).tolist() == [(member + 9) % 6 for member in range(6)]


def test_it_stops_when_what_is_held_back_is_predicted_no_better():
    """Everybody walks on, into products that are new to them: one epoch more or less is soon all the same."""
    rng = np.random.default_rng(3)
    first = rng.integers(0, 30, 150)
    data = Interactions.from_ids(
        np.repeat(np.arange(150), 5), (first[:, None] + np.arange(5)).ravel(), np.tile(np.arange(5), 150)
    )
    epochs: list[str] = []
    model = SequenceTransformer(replace(SMALL, training=replace(LESSONS, patience=2)))
    model.fit(data, rng=np.random.default_rng(1), progress=lambda done, message: epochs.append(message))

    figures = [float(message.rsplit(" ", 1)[1]) for message in epochs]
    assert len(figures) < 4 * LESSONS.epochs
    assert max(figures) == figures[-1 - 2] > 0.9


def test_new_events_are_read_without_training():
    newcomer = Interactions.from_ids([77, 77, 77], [1, 2, 3], np.arange(3) * SECONDS_PER_DAY)

    assert fit(rounds()).with_history(newcomer).score(np.array([0]))[0].argmax() == 4


def test_histories_of_unknown_products_score_zero():
    stranger = fit(rounds()).with_history(Interactions.from_ids([1], [999], [0]))

    assert np.abs(stranger.score(np.array([0]))).max() == 0


def test_members_with_one_purchase_each_can_be_fitted():
    model = fit(Interactions.from_ids([1, 2], [5, 6], [0, 0]))

    assert np.isfinite(model.score(np.array([0, 1]))).all()


def test_a_loaded_model_with_attributes_reads_new_histories_alike(tmp_path: Path):
    data = rounds().described({0: ["even"], 2: ["even"], 1: ["odd"]})
    model = fit(data)
    model.save(tmp_path / "model")
    loaded = SequenceTransformer.load(tmp_path / "model")

    np.testing.assert_allclose(
        loaded.with_history(data).score(np.arange(4)), model.score(np.arange(4)), atol=1e-4
    )


def test_a_reason_is_the_product_without_which_the_score_falls():
    """Who stands at 3 gets 4 because of the 3, not of what lies before it."""
    newcomer = Interactions.from_ids([77, 77, 77], [1, 2, 3], np.arange(3) * SECONDS_PER_DAY)
    model = fit(rounds()).with_history(newcomer)
    _places, own, falls = next(model.contributions(np.array([0]), np.array([[4]])))

    assert own[0].tolist() == [3, 2, 1]
    assert falls[0, :, 0].argmax() == 0
    assert falls[0, 0, 0] > 0
