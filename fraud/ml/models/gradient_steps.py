"""How the networks of fraud detection learn: a gradient step, a fading rate, and averaged weights.

The weights that are judged and kept are a running average (Polyak & Juditsky 1992).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.optim.swa_utils import AveragedModel

Tensors = tuple[Tensor, ...] | list[Tensor]
SLOWEST = 0.02
"""Of the first learning rate, at the end."""


def step(
    network: nn.Module, optimizer: torch.optim.Optimizer, inputs: Sequence[Tensor], targets: Tensor
) -> None:
    """One gradient step on a batch."""
    loss = nn.functional.binary_cross_entropy_with_logits(network(*inputs), targets)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()


def fading_rate(optimizer: torch.optim.Optimizer, *, steps: int) -> CosineAnnealingLR:
    """Down to nearly nothing along a cosine over so many steps."""
    (rate,) = [group["lr"] for group in optimizer.param_groups]
    return CosineAnnealingLR(optimizer, T_max=max(steps, 1), eta_min=SLOWEST * rate)


def averaged(network: nn.Module, *, most: float) -> AveragedModel:
    """A running average that keeps the share ``most`` of itself at each step, less in the first steps."""

    @torch.no_grad()
    def follow(averages: Tensors, current: Tensors, n_averaged: Tensor | int) -> None:
        n = int(n_averaged)
        torch._foreach_lerp_(averages, current, 1 - min(most, n / (n + 10)))

    average = AveragedModel(network, multi_avg_fn=follow)
    average.update_parameters(network)  # begins with the network as it is now
    return average
