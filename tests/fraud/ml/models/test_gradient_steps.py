from __future__ import annotations

import pytest
import torch
from torch import nn

from fraud.ml.models.gradient_steps import SLOWEST, averaged, fading_rate, step


def one_weight(value: float) -> nn.Linear:
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, value)
    return network


def test_a_step_is_that_of_the_logistic_loss():
    network = one_weight(0.5)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    step(network, optimizer, [torch.tensor([[2.0]])], torch.tensor([[1.0]]))

    gradient = (1 / (1 + torch.exp(torch.tensor(-1.0))) - 1) * 2
    assert network.weight.item() == pytest.approx(0.5 - 0.1 * gradient.item())


def test_a_large_gradient_is_cut_to_a_length_of_one():
    network = one_weight(0.0)
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    step(network, optimizer, [torch.tensor([[1_000.0]])], torch.tensor([[1.0]]))
    assert network.weight.item() == pytest.approx(1.0, abs=1e-4)


def test_the_rate_falls_to_a_small_share_of_the_first():
    optimizer = torch.optim.SGD(one_weight(0).parameters(), lr=0.5)
    schedule, rates = fading_rate(optimizer, steps=10), []
    for _ in range(10):
        optimizer.step()
        schedule.step()
        rates.append(schedule.get_last_lr()[0])

    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(SLOWEST * 0.5)
    assert rates[4] == pytest.approx((0.5 + SLOWEST * 0.5) / 2)


def test_the_average_follows_the_recursion_by_hand():
    network = one_weight(1.0)
    average = averaged(network, most=0.9)
    expected = 1.0
    for n, value in enumerate([2.0, 5.0, -1.0], start=1):
        nn.init.constant_(network.weight, value)
        average.update_parameters(network)
        kept = min(0.9, n / (n + 10))
        expected = kept * expected + (1 - kept) * value
        assert next(average.parameters()).item() == pytest.approx(expected)


def test_the_average_of_a_network_that_stays_is_the_network():
    network = one_weight(0.25)
    average = averaged(network, most=0.99)
    for _ in range(5):
        average.update_parameters(network)
    assert next(average.parameters()).item() == 0.25
