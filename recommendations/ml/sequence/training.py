"""How a sequence network learns: every place once an epoch, until held-back products are predicted no better.

Sequences of like length share a batch, so that little is padded; logits are made at real places only.
The weights that are judged and kept are a running average of the last epoch's (Polyak & Juditsky 1992): as
good as letting the learning rate fade, without having to know beforehand how many epochs there will be.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as functions
from torch.optim.lr_scheduler import LinearLR
from torch.optim.swa_utils import AveragedModel

from learning.estimator import Progress
from learning.step_texts import EPOCH, EPOCH_NDCG, StepText
from recommendations.ml.held_back import HeldBack
from recommendations.ml.histories import Histories
from recommendations.ml.sequence.network import SequenceNetwork
from recommendations.ml.sequence.softmax_loss import softmax_loss

SEQUENCES_AT_ONCE = 256


@dataclass(frozen=True)
class TrainingConfig:
    """Chosen on the second-last products of Amazon Beauty and ML-1M."""

    learning_rate: float = 2e-3
    warm_up_steps: int = 200
    epochs: int = 12
    """Where nothing can be held back; otherwise at most four times as many."""
    patience: int = 4
    """Epochs without a better NDCG@10 on what is held back, then the best one's weights are taken."""
    held_back: int = 2_000
    """Members whose newest product is held back to judge epochs by, unless the caller holds some back."""
    positions_a_batch: int = 1024
    positions_an_epoch: int = 1_000_000
    """Of larger shops an epoch goes through so many places, drawn again each time."""
    full_softmax_to: int = 20_000
    """Larger catalogues are sampled: ``negatives`` products a batch beside those that were bought."""
    negatives: int = 2048


def train(
    network: SequenceNetwork,
    histories: Histories,
    attributes: Tensor | None,
    *,
    held: HeldBack,
    config: TrainingConfig,
    length: int,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """Train ``network`` in place on ``histories``, which must not hold what is ``held`` back.

    Seeds of torch are the caller's.
    """
    windows = _windows(histories, length)
    if len(windows) == 0:
        return  # nobody has two purchases: there is no order to learn
    epochs = _Epochs(histories, windows, attributes, config)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=0.0, betas=(0.9, 0.98)
    )
    steps = config.warm_up_steps
    warm_up = LinearLR(optimizer, start_factor=1 / steps, total_iters=steps - 1)
    average = AveragedModel(network, multi_avg_fn=_fading(epochs.batches))
    best, best_ndcg, waited = copy.deepcopy(network.state_dict()), -1.0, 0
    most = config.epochs * 4 if held.tells else config.epochs
    for epoch in range(most):
        network.train()
        epochs.epoch(network, optimizer, warm_up, average, rng)
        kept = cast("SequenceNetwork", average.module)
        if not held.tells:
            best = kept.state_dict()
            progress((epoch + 1) / most, StepText(EPOCH, n=epoch + 1))
            continue
        kept.eval()
        with torch.no_grad():
            ndcg = _ndcg(kept, kept.table(attributes), histories, held, length)
        progress((epoch + 1) / most, StepText(EPOCH_NDCG, n=epoch + 1, figure=f"{ndcg:.4f}"))
        if ndcg > best_ndcg:
            best, best_ndcg, waited = copy.deepcopy(kept.state_dict()), ndcg, 0
            continue
        waited += 1
        if waited >= config.patience:
            break
    network.load_state_dict(best)


def _ndcg(
    network: SequenceNetwork, table: Tensor, histories: Histories, held: HeldBack, length: int
) -> float:
    begins, ends = histories.starts[held.member_rows], histories.starts[held.member_rows + 1]
    spans = np.stack([np.maximum(begins, ends - length), ends], axis=1)
    states = last_states(network, table, torch.from_numpy(histories.product_rows), spans)
    vectors = functions.normalize(table, dim=1)
    owned = histories.weighted(histories.values)[held.member_rows]
    return held.ndcg(lambda lines: (states[lines] @ vectors.T).numpy(), owned)


@torch.no_grad()
def last_states(
    network: SequenceNetwork, table: Tensor, products: Tensor, spans: NDArray[np.int64]
) -> Tensor:
    """(n, d): the directions after the entries ``spans`` (n, 2: first, end; none empty) of ``products``."""
    sums = torch.zeros((len(spans), table.shape[1]))
    order = np.argsort(spans[:, 1] - spans[:, 0], kind="stable")
    for first in range(0, len(order), SEQUENCES_AT_ONCE):
        lines = order[first : first + SEQUENCES_AT_ONCE]
        places, real = padded(spans[lines])
        states = network.states(table, products[places])
        last = states[torch.arange(len(lines)), real.sum(dim=1) - 1]
        sums[torch.from_numpy(lines)] = network.directions(last)
    return sums


def padded(spans: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """(entry numbers, whether real), both (b, longest); the padding at the end points at entry 0."""
    offsets = np.arange(int((spans[:, 1] - spans[:, 0]).max()))
    places = spans[:, :1] + offsets[None, :]
    real = places < spans[:, 1:]
    return torch.from_numpy(np.where(real, places, 0)), torch.from_numpy(real)


class _Epochs:
    """What an epoch goes through."""

    def __init__(
        self,
        histories: Histories,
        windows: NDArray[np.int64],
        attributes: Tensor | None,
        config: TrainingConfig,
    ) -> None:
        self.products = torch.from_numpy(histories.product_rows)
        counts = np.bincount(histories.product_rows, minlength=histories.n_products)
        self.frequency = counts / len(histories.product_rows)
        self.windows, self.attributes, self.config = windows, attributes, config
        most = max(1, config.positions_an_epoch // config.positions_a_batch)
        self.batches = min(len(_cuts(windows, config.positions_a_batch)) + 1, most)

    def epoch(
        self,
        network: SequenceNetwork,
        optimizer: torch.optim.Optimizer,
        warm_up: LinearLR,
        average: AveragedModel,
        rng: np.random.Generator,
    ) -> None:
        batches = _batches(self.windows, self.config.positions_a_batch, rng)
        for chosen in itertools.islice(batches, self.batches):
            places, real = padded(self.windows[chosen])
            rows = self.products[places]
            table = network.table(self.attributes)
            states = network.states(table, rows[:, :-1])[real[:, 1:]]
            loss = self._loss(network.directions(states), table, rows[:, 1:][real[:, 1:]], rng)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
            optimizer.step()
            warm_up.step()
            average.update_parameters(network)

    def _loss(self, directions: Tensor, table: Tensor, targets: Tensor, rng: np.random.Generator) -> Tensor:
        n_products = len(table)
        if n_products <= self.config.full_softmax_to:
            return softmax_loss(directions, functions.normalize(table, dim=1), targets)
        drawn = torch.from_numpy(rng.integers(0, n_products, self.config.negatives))
        sample, places = torch.unique(torch.cat([targets, drawn]), return_inverse=True)
        frequency = torch.from_numpy(self.frequency)[sample]
        expected = self.config.negatives / n_products + frequency * len(targets)
        offset = -torch.log(expected.clamp_max(1.0)).float()
        vectors = functions.normalize(table[sample], dim=1)
        return softmax_loss(directions, vectors, places[: len(targets)], offset=offset)


Average = Callable[[Any, Any, Tensor | int], None]


def _fading(batches: int) -> Average:
    """A running average over about the last epoch's steps, over all steps at first."""

    @torch.no_grad()
    def update(averages: Any, current: Any, n_averaged: Tensor | int) -> None:
        torch._foreach_lerp_(averages, current, max(1.0 / (int(n_averaged) + 1), 1.0 / batches))

    return update


def _windows(histories: Histories, length: int) -> NDArray[np.int64]:
    """(n, 2): first and end of pieces of at most ``length`` + 1 entries; every target lies in just one."""
    spans: list[tuple[int, int]] = []
    for begin, end in zip(histories.starts[:-1].tolist(), histories.starts[1:].tolist(), strict=True):
        while end - begin >= 2:
            first = max(begin, end - length - 1)
            spans.append((first, end))
            end = first + 1
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def _batches(
    windows: NDArray[np.int64], positions: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Windows of like lengths, about ``positions`` targets at a time, in random order."""
    lengths = windows[:, 1] - windows[:, 0] - 1
    order = np.argsort(lengths + rng.random(len(lengths)) * 4, kind="stable")
    batches = np.split(order, _cuts(windows[order], positions))
    for place in rng.permutation(len(batches)):
        yield batches[place]


def _cuts(windows: NDArray[np.int64], positions: int) -> NDArray[np.int64]:
    """Where a new batch begins."""
    targets = np.cumsum(windows[:, 1] - windows[:, 0] - 1)
    return np.flatnonzero(np.diff(targets // positions)) + 1
