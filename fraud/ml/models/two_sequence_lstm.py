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
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fraud.ml.models.calibration import MonotoneCalibration
from fraud.ml.models.gradient_steps import averaged, fading_rate, step
from fraud.ml.models.hardening import with_smaller_amounts
from fraud.ml.models.lstm import one_thread
from fraud.ml.models.lstm_inference import LstmWeights, forward
from fraud.ml.models.lstm_inputs import Scalers
from fraud.ml.orders.place_history import PLACE_FEATURES
from fraud.ml.orders.sequences import LABEL_FEATURES, TransactionSequences
from fraud.ml.orders.training_data import (
    ALL_FEATURES,
    LabelledSequences,
    check_features,
    newest_slice,
    sample_genuine,
    sample_size,
    undo_sampling,
)
from learning.estimator import ArtefactError, ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.metrics.detection import average_precision
from learning.step_texts import EPOCH_PRECISION, StepText

SCALED_ON = 100_000
"""Orders that means and spreads are taken from."""
SCORING_BATCH = 50_000
SMALLEST_BATCH = 16


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
        """(n,), as if trained on every genuine order; not calibrated."""
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
        progress((epoch + 1) / config.epochs, StepText(EPOCH_PRECISION, n=epoch + 1, figure=f"{reached:.3f}"))
        if reached > best:
            best, best_epoch, best_state = reached, epoch, model.state_
        elif epoch - best_epoch >= config.patience:
            break
    model._keep(best_state)
    model.best_epoch_ = best_epoch
