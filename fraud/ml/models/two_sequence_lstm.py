"""Two recurrent networks side by side: over the member's last orders and over the store's.

The member's is Jurgovsky et al. 2018, "Sequence classification for credit-card fraud detection" (Expert
Systems with Applications 100), on whose LSTM the store's is modelled; it sees the labels that other members'
orders there have got since. Their last states, with what is known of the order itself, give the probability:
sigmoid(W2 · ReLU(W1 · h)).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fraud.ml.models.calibration import MonotoneCalibration
from fraud.ml.models.gradient_steps import averaged, fading_rate, step
from fraud.ml.models.hardening import with_smaller_amounts
from fraud.ml.models.lstm import one_thread
from fraud.ml.models.lstm_inference import LstmWeights, forward
from fraud.ml.orders.place_history import PLACE_FEATURES
from fraud.ml.orders.sequences import LABEL_FEATURES, STEP_FEATURES, TransactionSequences
from fraud.ml.orders.training_data import (
    ALL_FEATURES,
    LabelledSequences,
    StepScaler,
    check_features,
    newest_slice,
    sample_genuine,
    sample_size,
    undo_sampling,
)
from learning.detection_metrics import average_precision
from learning.estimator import ArtefactError, ModelFitError, Progress, read_artefact, silent, write_artefact

SCALED_ON = 100_000
"""Orders that means and spreads are taken from."""
SCORING_BATCH = 50_000
SMALLEST_BATCH = 16
BINS = 6


@dataclass(frozen=True)
class TwoLstmConfig:
    """``averaging``: how much of the averaged weights stays at each step; these are judged and kept.

    ``fewest_steps``: of an epoch; a small shop learns in smaller batches for it.
    ``patience``: epochs without a better average precision on the newest slice before training stops.
    ``hardened``: frauds are also shown with smaller amounts, see ``hardening``.
    """

    hidden_size: int = 32
    head_size: int = 64
    dropout: float = 0.1
    epochs: int = 9
    patience: int = 3
    batch_size: int = 256
    fewest_steps: int = 150
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    averaging: float = 0.995
    genuine_per_fraud: int = 15
    validation_share: float = 0.1
    hardened: bool = False


class TwoLstmNetwork(nn.Module):
    def __init__(self, *, n_member: int, n_place: int, n_facts: int, config: TwoLstmConfig) -> None:
        super().__init__()
        self.member = nn.LSTM(n_member, config.hidden_size, batch_first=True)
        self.place = nn.LSTM(n_place, config.hidden_size, batch_first=True)
        self.dropout = nn.Dropout(config.dropout)
        self.hidden = nn.Linear(2 * config.hidden_size + n_facts, config.head_size)  # W1
        self.output = nn.Linear(config.head_size, 1)  # W2

    def forward(self, member: Tensor, place: Tensor, facts: Tensor) -> Tensor:
        """(b, length, n_member), (b, length, n_place), (b, n_facts) -> logits (b,)."""
        states = [self.member(member)[0][:, -1], self.place(place)[0][:, -1]]  # (b, hidden_size) each
        h = self.dropout(torch.cat([*states, facts], dim=1))
        logits: Tensor = self.output(torch.relu(self.hidden(h)))  # (b, 1)
        return logits.squeeze(1)


@dataclass(frozen=True)
class PiecewiseBins:
    """How far a fact is through each bin of its range, 0 to 1: what lets a small head draw sharp lines.

    Piecewise linear encoding (Gorishniy, Rubachev & Babenko 2022), bins between quantiles. A missing fact is
    0 in all of them.
    """

    column: NDArray[np.int64]  # (n,) of the facts
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @classmethod
    def fit(cls, facts: NDArray[np.float32]) -> Self:
        """``facts`` (m, n_facts), NaN for missing; constant ones get no bins."""
        columns, lows, highs = [], [], []
        for column in range(facts.shape[1]):
            known = facts[:, column][~np.isnan(facts[:, column])]
            if not len(known):
                continue
            edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)).astype(np.float32))
            columns += [column] * (len(edges) - 1)
            lows += edges[:-1].tolist()
            highs += edges[1:].tolist()
        return cls(np.array(columns, np.int64), np.array(lows, np.float32), np.array(highs, np.float32))

    @property
    def n(self) -> int:
        return len(self.column)

    def transform(self, facts: NDArray[np.float32]) -> NDArray[np.float32]:
        """(m, n)."""
        through = facts[:, self.column]
        through -= self.low
        through /= self.high - self.low
        np.fmax(through, 0, out=through)  # NaN becomes 0
        np.minimum(through, 1, out=through)
        return through


def _facts(sequences: TransactionSequences) -> NDArray[np.float32]:
    """(n, n_step_features + n_context), as they are."""
    return np.concatenate([sequences.steps[sequences.window[:, -1]], sequences.context], axis=1)


@dataclass(frozen=True)
class Scalers:
    """Means and spreads of training orders: of the member's steps, the place's steps and the context."""

    steps: StepScaler
    context: StepScaler
    place_mean: NDArray[np.float32]
    place_spread: NDArray[np.float32]
    bins: PiecewiseBins

    @classmethod
    def fit(cls, sequences: TransactionSequences, *, even: TransactionSequences) -> Self:
        """``even``: as many frauds as genuine orders, so that bins are narrow where these two part."""
        place = sequences.place.reshape(-1, len(PLACE_FEATURES))
        place = place[place[:, 0] > 0]
        mean, spread = place.mean(axis=0), np.maximum(place.std(axis=0), 1e-3)
        mean[0], spread[0] = 0, 1  # 1 says: here is an order
        own = sequences.steps[sequences.window[:, -1]]
        return cls(
            StepScaler.fit(own),
            StepScaler.fit(sequences.context),
            mean.astype(np.float32),
            spread.astype(np.float32),
            PiecewiseBins.fit(_facts(even)),
        )

    @property
    def n_steps(self) -> int:
        return len(STEP_FEATURES) + len(self.steps.flagged) + 1  # and one that says: here is an order

    @property
    def n_facts(self) -> int:
        return self.n_steps + len(self.context.mean) + len(self.context.flagged) + self.bins.n

    def inputs(self, sequences: TransactionSequences) -> Inputs:
        """Only the steps that the windows show, each scaled once."""
        if len(sequences) == 1:
            used, window = _seen_by_one(sequences.window)
        else:
            used, window = _seen(sequences.window, n_steps=len(sequences.steps))
        scaled = self.steps.transform(sequences.steps[used])
        steps = np.zeros((len(scaled) + 1, self.n_steps), np.float32)
        steps[:-1, :-1] = scaled
        steps[:-1, -1] = 1
        there = sequences.place[:, :, :1] > 0
        place = np.where(there, (sequences.place - self.place_mean) / self.place_spread, np.float32(0))
        own, context = steps[window[:, -1]], self.context.transform(sequences.context)
        facts = np.concatenate([own, context, self.bins.transform(_facts(sequences))], axis=1)
        return Inputs(steps, window, sequences.labels, place, facts)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {
            **self.steps.arrays(),
            **{f"context.{key}": value for key, value in self.context.arrays().items()},
            "place.mean": self.place_mean,
            "place.spread": self.place_spread,
            "bins.column": self.bins.column,
            "bins.low": self.bins.low,
            "bins.high": self.bins.high,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Raises KeyError."""
        prefix = "context."
        context = {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}
        return cls(
            StepScaler.from_arrays(arrays),
            StepScaler.from_arrays(context),
            arrays["place.mean"],
            arrays["place.spread"],
            PiecewiseBins(arrays["bins.column"], arrays["bins.low"], arrays["bins.high"]),
        )


@dataclass(frozen=True)
class Inputs:
    """What ``lstm_inference.forward`` takes, and batches for the torch module."""

    steps: NDArray[np.float32]  # (n_steps + 1, n_step_inputs); the last row, all zeros, stands for "no order"
    window: NDArray[np.int64]  # (n, length)
    labels: NDArray[np.float32]  # (n, length, n_labels)
    place: NDArray[np.float32]  # (n, length, n_place)
    facts: NDArray[np.float32]  # (n, n_facts)

    def batch(self, rows: NDArray[np.integer] | slice) -> tuple[Tensor, Tensor, Tensor]:
        member = np.concatenate([self.steps[self.window[rows]], self.labels[rows]], axis=2)
        return (
            torch.from_numpy(member),
            torch.from_numpy(self.place[rows]),
            torch.from_numpy(self.facts[rows]),
        )


def _seen(window: NDArray[np.int64], *, n_steps: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """(rows of steps that windows show, the windows on those alone; "no order" is one past the last)."""
    shown = np.zeros(n_steps + 1, bool)
    shown[window] = True  # -1 marks the one past the last
    used = np.flatnonzero(shown[:-1])
    place = np.full(n_steps + 1, len(used), np.int64)
    place[used] = np.arange(len(used))
    return used, place[window]


def _seen_by_one(window: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    length = window.shape[1]
    there = window[0] >= 0
    used = window[0][there]
    return used, np.where(there, np.arange(length) - (length - len(used)), len(used))[None]


class TwoSequenceLstm:
    """``score`` gives the probability of fraud, 0 to 1: higher is more suspect."""

    name: ClassVar[str] = "lstm"
    genuine_share_: float
    best_epoch_: int

    def __init__(self, config: TwoLstmConfig | None = None) -> None:
        self.config = config or TwoLstmConfig()

    def fit(
        self, data: LabelledSequences, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        data = data.checked()
        older, newest = newest_slice(data, share=self.config.validation_share)
        validation = data.select(newest)
        picked = rng.choice(older, min(len(older), SCALED_ON), replace=False)
        even, _ = sample_genuine(data.is_fraud[older], per_fraud=1, rng=rng)
        self.scalers_ = Scalers.fit(
            data.sequences.select(np.sort(picked)), even=data.sequences.select(older[even])
        )
        with torch.random.fork_rng(devices=[]), one_thread():
            torch.manual_seed(int(rng.integers(2**63)))
            _train(self, data, older, validation, rng=rng, progress=progress)
        self.calibration_ = MonotoneCalibration.fit(self.logits(validation.sequences), validation.is_fraud)
        return self

    def score(self, sequences: TransactionSequences, /) -> NDArray[np.float32]:
        return self.calibration_.probability(self.logits(sequences))

    def logits(self, sequences: TransactionSequences) -> NDArray[np.float64]:
        """(n,), as if every genuine order had been learnt from; not calibrated."""
        parts = [np.zeros(0)]
        for batch in sequences.batches(SCORING_BATCH):
            seen = self.scalers_.inputs(batch)
            raw = forward(
                self.weights_,
                steps=seen.steps,
                window=seen.window,
                labels=seen.labels,
                place=seen.place,
                facts=seen.facts,
            )
            parts.append(raw.astype(np.float64))
        return undo_sampling(np.concatenate(parts), genuine_share=self.genuine_share_)

    def network(self) -> TwoLstmNetwork:
        """The torch module that was trained, for those who need its gradients."""
        network = self._network()
        network.load_state_dict(self.state_)
        return network.eval()

    @property
    def typical_step(self) -> NDArray[np.float32]:
        """(n_step_features + n_context,): means of the training orders, the explanations' neutral values."""
        return np.concatenate([self.scalers_.steps.mean, self.scalers_.context.mean])

    def save(self, path: Path) -> None:
        parameters = {
            "config": asdict(self.config),
            "features": list(ALL_FEATURES),
            "genuine_share": self.genuine_share_,
            "calibration": self.calibration_.parameters(),
            "best_epoch": self.best_epoch_,
        }
        weights = {f"network.{key}": value.numpy() for key, value in self.state_.items()}
        arrays = {**weights, **self.scalers_.arrays(), **self.calibration_.arrays()}
        write_artefact(path, name=self.name, parameters=parameters, arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        parameters, arrays = read_artefact(path, name=cls.name)
        check_features(parameters)
        try:
            model = cls(TwoLstmConfig(**parameters["config"]))
            model.scalers_ = Scalers.from_arrays(arrays)
            prefix = "network."
            weights = {
                key.removeprefix(prefix): torch.from_numpy(value)
                for key, value in arrays.items()
                if key.startswith(prefix)
            }
            model._network().load_state_dict(weights)  # complains about what is missing or misshapen
            model._keep(weights)
            model.genuine_share_ = float(parameters["genuine_share"])
            model.calibration_ = MonotoneCalibration.from_artefact(parameters["calibration"], arrays)
            model.best_epoch_ = int(parameters["best_epoch"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ArtefactError(f"{path.name} is not a whole {cls.name} model: {error}") from error
        return model

    def _network(self) -> TwoLstmNetwork:
        return TwoLstmNetwork(
            n_member=self.scalers_.n_steps + len(LABEL_FEATURES),
            n_place=len(PLACE_FEATURES),
            n_facts=self.scalers_.n_facts,
            config=self.config,
        )

    def _keep(self, state: Mapping[str, Tensor]) -> None:
        self.state_ = {key: value.detach().cpu().clone() for key, value in state.items()}
        self.weights_ = LstmWeights.of(self.state_, n_labels=len(LABEL_FEATURES))


def _train(
    model: TwoSequenceLstm,
    data: LabelledSequences,
    older: NDArray[np.intp],
    validation: LabelledSequences,
    *,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """Learn and keep the best epoch's averaged weights. Every epoch sees all frauds of the ``older`` rows and
    a fresh sample of their genuine orders."""
    config = model.config
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = model._network().to(device)
    average = averaged(network, most=config.averaging)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    n_seen = sample_size(data.is_fraud[older], per_fraud=config.genuine_per_fraud)
    size = min(config.batch_size, max(n_seen // config.fewest_steps, SMALLEST_BATCH))
    fading = fading_rate(optimizer, steps=config.epochs * math.ceil(n_seen / size))
    best, best_epoch, best_state = -math.inf, 0, average.module.state_dict()
    for epoch in range(config.epochs):
        picked, model.genuine_share_ = sample_genuine(
            data.is_fraud[older], per_fraud=config.genuine_per_fraud, rng=rng
        )
        seen = data.select(older[picked])
        if config.hardened:
            seen = with_smaller_amounts(seen, rng=rng)
        inputs, order = model.scalers_.inputs(seen.sequences), rng.permutation(len(seen))
        network.train()
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            batch = [part.to(device) for part in inputs.batch(rows)]
            step(network, optimizer, batch, torch.from_numpy(seen.is_fraud[rows]).to(device))
            fading.step()
            average.update_parameters(network)
        model._keep(average.module.state_dict())
        logits = model.logits(validation.sequences)
        if not np.isfinite(logits).all():
            raise ModelFitError("training diverged: the network's output is not finite")
        reached = average_precision(validation.is_fraud, logits)
        progress((epoch + 1) / config.epochs, f"epoch {epoch + 1}: average precision {reached:.3f}")
        if reached > best:
            best, best_epoch, best_state = reached, epoch, model.state_
        elif epoch - best_epoch >= config.patience:
            break
    model._keep(best_state)
    model.best_epoch_ = best_epoch
