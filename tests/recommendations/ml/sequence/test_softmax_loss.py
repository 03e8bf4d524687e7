from __future__ import annotations

import pytest
import torch
from torch import Tensor

from recommendations.ml.sequence import softmax_loss as module
from recommendations.ml.sequence.softmax_loss import POSITIONS_AT_ONCE, softmax_loss


@pytest.fixture(autouse=True)
def plain_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """float32 on every processor, so that sums can be compared closely."""
    monkeypatch.setattr(module, "matmul_dtype", lambda: torch.float32)


def drawn(n: int, m: int = 30, d: int = 6) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(n)
    states = torch.randn(n, d, generator=generator, requires_grad=True)
    products = torch.randn(m, d, generator=generator, requires_grad=True)
    return states, products, torch.randint(0, m, (n,), generator=generator)


def gradients(loss: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss, inputs)


@pytest.mark.parametrize("n", [1, POSITIONS_AT_ONCE, POSITIONS_AT_ONCE + 1, 2 * POSITIONS_AT_ONCE + 7])
def test_blocks_change_neither_the_loss_nor_its_gradients(n: int):
    states, products, targets = drawn(n)
    ours = softmax_loss(states, products, targets)
    plain = torch.nn.functional.cross_entropy(states @ products.T, targets)

    torch.testing.assert_close(ours, plain)
    for one, other in zip(gradients(ours, states, products), gradients(plain, states, products), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_an_offset_moves_the_logits():
    states, products, targets = drawn(40)
    offset = torch.linspace(-2, 2, 30)
    ours = softmax_loss(states, products, targets, offset=offset)
    plain = torch.nn.functional.cross_entropy(states @ products.T + offset, targets)

    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(
        gradients(ours, products)[0], gradients(plain, products)[0], atol=1e-5, rtol=1e-4
    )


def test_a_factor_on_the_loss_is_a_factor_on_the_gradients():
    states, products, targets = drawn(20)
    (once,) = gradients(softmax_loss(states, products, targets), states)
    (thrice,) = gradients(3 * softmax_loss(states, products, targets), states)

    torch.testing.assert_close(thrice, 3 * once)


def test_a_certain_answer_costs_nothing_and_the_opposite_stays_finite():
    products = torch.eye(2) * 100
    states = torch.tensor([[1.0, 0.0]])

    assert float(softmax_loss(states, products, torch.tensor([0]))) == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(softmax_loss(states, products, torch.tensor([1])))


def test_the_type_of_the_products_follows_the_processor(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    for supported, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda answer=supported: answer)
        assert module.matmul_dtype() == dtype
