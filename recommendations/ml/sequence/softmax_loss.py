"""Cross-entropy over a whole catalogue, with its gradients, in blocks that stay in the processor's cache.

Automatic differentiation would keep the logits (positions x products) and pass over them six times; here
each block's logits become, in place, its probabilities and then its gradient.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

POSITIONS_AT_ONCE = 256


def matmul_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it itself (twice as quick), else float32."""
    quick = torch.cpu._is_avx512_bf16_supported()  # the only way to ask
    return torch.bfloat16 if quick else torch.float32


def softmax_loss(
    states: Tensor, products: Tensor, targets: Tensor, *, offset: Tensor | None = None
) -> Tensor:
    """Mean of -log softmax(states @ productsᵀ + offset)[target] over the positions.

    ``states`` (n, d) and ``products`` (m, d) float32; ``targets`` (n,) int64 in 0..m-1; ``offset`` (m,), such
    as -log of the probability to have been sampled (Bengio & Senécal 2008). ``m`` may be a sample of the
    catalogue that holds every target.
    """
    loss: Tensor = _SoftmaxLoss.apply(states, products, targets, offset)  # type: ignore[no-untyped-call]  # untyped in torch
    return loss


class _SoftmaxLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, products: Tensor, targets: Tensor, offset: Tensor | None) -> Tensor:
        dtype = matmul_dtype()
        small_products, small_states = products.to(dtype), states.to(dtype)
        transposed = small_products.T.contiguous()
        state_grad, product_grad = torch.empty_like(states), torch.zeros_like(products)
        total = torch.zeros((), dtype=torch.float64)
        for begin in range(0, len(states), POSITIONS_AT_ONCE):
            end = begin + POSITIONS_AT_ONCE
            block, wanted = small_states[begin:end], targets[begin:end]
            logits = block @ transposed
            if offset is not None:
                logits += offset.to(dtype)
            probabilities = torch.softmax(logits, dim=1)
            places = torch.arange(len(wanted))
            total -= probabilities[places, wanted].double().clamp_min(1e-30).log().sum()
            probabilities[places, wanted] -= 1.0
            state_grad[begin:end] = probabilities @ small_products
            product_grad += probabilities.T @ block
        ctx.save_for_backward(state_grad, product_grad)
        return (total / len(states)).float()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None]:
        state_grad, product_grad = ctx.saved_tensors
        scale = grads[0] / len(state_grad)
        return state_grad * scale, product_grad * scale, None, None
