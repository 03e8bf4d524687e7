"""A recurrent network over the member's last orders.

Jurgovsky et al. 2018, "Sequence classification for credit-card fraud detection" (Expert Systems with
Applications 100): an LSTM (Hochreiter & Schmidhuber 1997) reads the orders oldest first, and the state after
the order to score gives its probability: sigmoid(W2 · ReLU(W1 · h)).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from fraud.ml.models.gradient_steps import step
from fraud.ml.orders.sequences import CONTEXT_FEATURES, LABEL_FEATURES, TransactionSequences
from fraud.ml.orders.step_features import STEP_FEATURES
from fraud.ml.orders.training_data import (
    ALL_FEATURES,
    LabelledSequences,
    PlattCalibration,
    StepScaler,
    check_features,
    newest_slice,
    sample_genuine,
    undo_sampling,
)
from learning.estimator import ArtefactError, ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.metrics.detection import average_precision
from learning.step_texts import EPOCH_PRECISION, StepText

SCORING_BATCH = 1_024
SMALLEST_BATCH = 16


@dataclass(frozen=True)
class LstmConfig:
    """``averaging``: how much of the averaged weights stays at each step; these are judged and kept.

    ``fewest_steps``: of an epoch; a small shop learns in smaller batches for it.
    ``patience``: epochs without a better average precision on the newest slice before training stops.
    """

    hidden_size: int = 64
    head_size: int = 32
    dropout: float = 0.2
    epochs: int = 20
    patience: int = 4
    batch_size: int = 256
    fewest_steps: int = 25
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    averaging: float = 0.98
    genuine_per_fraud: int = 30
    validation_share: float = 0.15


@contextmanager
def one_thread() -> Iterator[None]:
    """Matrices this small take several times longer on two threads, which wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class OrderLstm(nn.Module):
    def __init__(self, *, n_inputs: int, config: LstmConfig) -> None:
        super().__init__()
        self.lstm = nn.LSTM(n_inputs, config.hidden_size, batch_first=True)
        self.dropout = nn.Dropout(config.dropout)
        self.hidden = nn.Linear(config.hidden_size, config.head_size)  # W1
        self.output = nn.Linear(config.head_size, 1)  # W2

    def forward(self, orders: Tensor) -> Tensor:
        """(b, length, n_inputs) -> logits (b,)."""
        states, _ = self.lstm(orders)  # (b, length, hidden_size)
        h = self.dropout(states[:, -1])  # (b, hidden_size): after the order to score
        logits: Tensor = self.output(torch.relu(self.hidden(h)))  # (b, 1)
        return logits.squeeze(1)


class MemberLstm:
    """``score`` gives the probability of fraud, 0 to 1: higher is more suspect."""

    name: ClassVar[str] = "lstm_member"

    def __init__(self, config: LstmConfig | None = None) -> None:
        self.config = config or LstmConfig()

    def fit(
        self, data: LabelledSequences, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        data = data.checked()
        older, newest = newest_slice(data, share=self.config.validation_share)
        train, validation = data.select(older), data.select(newest)
        self.scaler_ = StepScaler.fit(train.sequences.steps[train.sequences.window[:, -1]])
        with torch.random.fork_rng(devices=[]), one_thread():
            torch.manual_seed(int(rng.integers(2**63)))
            self.network_ = OrderLstm(n_inputs=self._n_inputs(), config=self.config)
            self.genuine_share_, self.best_epoch_ = _train(
                self, train, validation, rng=rng, progress=progress
            )
        logits = undo_sampling(self._logits(validation.sequences), genuine_share=self.genuine_share_)
        self.calibration_ = PlattCalibration.fit(logits, validation.is_fraud)
        return self

    def score(self, sequences: TransactionSequences, /) -> NDArray[np.float32]:
        logits = undo_sampling(self._logits(sequences), genuine_share=self.genuine_share_)
        return self.calibration_.probability(logits)

    @property
    def typical_step(self) -> NDArray[np.float32]:
        """(n_step_features + n_context,): means of the training orders, the explanations' neutral values."""
        unseen = np.zeros(len(CONTEXT_FEATURES), np.float32)
        return np.concatenate([self.scaler_.mean[: len(STEP_FEATURES)], unseen])

    def save(self, path: Path) -> None:
        weights = {f"network.{key}": value.numpy() for key, value in self.network_.state_dict().items()}
        parameters = {
            "config": asdict(self.config),
            "features": list(ALL_FEATURES),
            "genuine_share": self.genuine_share_,
            "calibration": asdict(self.calibration_),
            "best_epoch": self.best_epoch_,
        }
        write_artefact(
            path, name=self.name, parameters=parameters, arrays={**weights, **self.scaler_.arrays()}
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        parameters, arrays = read_artefact(path, name=cls.name)
        check_features(parameters)
        try:
            model = cls(LstmConfig(**parameters["config"]))
            model.scaler_ = StepScaler.from_arrays(arrays)
            model.network_ = OrderLstm(n_inputs=model._n_inputs(), config=model.config)
            prefix = "network."
            weights = {
                key.removeprefix(prefix): torch.from_numpy(value)
                for key, value in arrays.items()
                if key.startswith(prefix)
            }
            model.network_.load_state_dict(weights)
            model.network_.eval()
            model.genuine_share_ = float(parameters["genuine_share"])
            model.calibration_ = PlattCalibration(**parameters["calibration"])
            model.best_epoch_ = int(parameters["best_epoch"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ArtefactError(f"{path.name} is not a whole {cls.name} model: {error}") from error
        return model

    def _n_inputs(self) -> int:
        return (
            len(STEP_FEATURES) + len(LABEL_FEATURES) + len(self.scaler_.flagged) + 1
        )  # and one that says: here is an order

    def _inputs(self, sequences: TransactionSequences) -> _Inputs:
        return _Inputs.of(sequences, self.scaler_)

    def _logits(self, sequences: TransactionSequences) -> NDArray[np.float64]:
        return _logits(self.network_, self._inputs(sequences))


@dataclass(frozen=True)
class _Inputs:
    """Scaled steps once for all orders; batches are gathered from them."""

    steps: Tensor  # (n_orders + 1, n_scaled + 1); the last row, all zeros, stands for "no order"
    window: Tensor  # (n, length)
    labels: Tensor  # (n, length, n_labels)

    @classmethod
    def of(cls, sequences: TransactionSequences, scaler: StepScaler) -> _Inputs:
        used = np.unique(sequences.window)
        used = used[used >= 0]
        steps = sequences.steps if len(used) == len(sequences.steps) else sequences.steps[used]
        scaled = scaler.transform(steps)
        padded = np.zeros((len(scaled) + 1, scaled.shape[1] + 1), np.float32)
        padded[:-1, :-1] = scaled
        padded[:-1, -1] = 1
        window = np.where(sequences.mask, np.searchsorted(used, sequences.window), len(scaled))
        return cls(torch.from_numpy(padded), torch.from_numpy(window), torch.from_numpy(sequences.labels))

    def batch(self, rows: Tensor) -> Tensor:
        """(b, length, n_inputs)."""
        return torch.cat([self.steps[self.window[rows]], self.labels[rows]], dim=2)


def _logits(network: nn.Module, inputs: _Inputs) -> NDArray[np.float64]:
    """(n,), in batches that stay in the processor's cache."""
    n = len(inputs.window)
    parts = [np.zeros(0, np.float64)]
    with torch.inference_mode(), one_thread():
        for start in range(0, n, SCORING_BATCH):
            logits = network(inputs.batch(torch.arange(start, min(start + SCORING_BATCH, n))))
            parts.append(logits.numpy().astype(np.float64))
    return np.concatenate(parts)


def _train(
    model: MemberLstm,
    train: LabelledSequences,
    validation: LabelledSequences,
    *,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[float, int]:
    """Fit the network in place, keep its best epoch; (share of genuine orders taken, best epoch).

    Every epoch sees all frauds and a fresh sample of the genuine orders.
    """
    config, network = model.config, model.network_
    inputs, held_back = model._inputs(train.sequences), model._inputs(validation.sequences)
    targets = torch.from_numpy(train.is_fraud.astype(np.float32))
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    keep_averaging = get_ema_multi_avg_fn(config.averaging)  # type: ignore[no-untyped-call]  # torch has no annotation here
    average = AveragedModel(network, multi_avg_fn=keep_averaging)
    best, best_epoch, best_state, genuine_share = -math.inf, 0, network.state_dict(), 1.0
    for epoch in range(config.epochs):
        rows, genuine_share = sample_genuine(train.is_fraud, per_fraud=config.genuine_per_fraud, rng=rng)
        batch_size = min(config.batch_size, max(len(rows) // config.fewest_steps, SMALLEST_BATCH))
        network.train()
        for start in range(0, len(rows), batch_size):
            batch = torch.from_numpy(rows[start : start + batch_size])
            step(network, optimizer, [inputs.batch(batch)], targets[batch])
            average.update_parameters(network)
        average.eval()
        logits = _logits(average.module, held_back)
        if not np.isfinite(logits).all():
            raise ModelFitError("training diverged: the network's output is not finite")
        reached = average_precision(validation.is_fraud, logits)
        progress((epoch + 1) / config.epochs, StepText(EPOCH_PRECISION, n=epoch + 1, figure=f"{reached:.3f}"))
        if reached > best:
            best, best_epoch = reached, epoch
            best_state = {key: value.clone() for key, value in average.module.state_dict().items()}
        elif epoch - best_epoch >= config.patience:
            break
    network.load_state_dict(best_state)
    network.eval()
    return genuine_share, best_epoch
