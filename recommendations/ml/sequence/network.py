"""The network of the sequence transformer: causal self-attention over products, tied to the output.

Shapes: b sequences, l places (padded at the end), d dimensions, m products.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as functions


class ProductTable(nn.Module):
    """A product's vector: its own, plus the mean of those of its attributes."""

    def __init__(self, n_products: int, n_attributes: int, dimension: int) -> None:
        super().__init__()
        self.own = nn.Embedding(n_products, dimension)
        self.kinds = nn.Embedding(max(n_attributes, 1), dimension)
        nn.init.normal_(self.own.weight, std=dimension**-0.5)
        nn.init.normal_(self.kinds.weight, std=dimension**-0.5)

    def forward(self, attributes: Tensor | None) -> Tensor:
        """(m, d); ``attributes`` (m, n_attributes) sparse, each line summing to 1 or 0."""
        own: Tensor = self.own.weight
        return own if attributes is None else own + torch.sparse.mm(attributes, self.kinds.weight)


class Block(nn.Module):
    """Attention, then a gated feed-forward (SwiGLU, as in eSASRec), each normalised before and added."""

    def __init__(self, dimension: int, heads: int, *, hidden: int, dropout: float, reach: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention = nn.LayerNorm(dimension)
        self.projections = nn.Linear(dimension, 3 * dimension)
        self.mixed = nn.Linear(dimension, dimension)
        self.distances = nn.Parameter(torch.zeros(heads, reach))
        """What a distance of 0, 1, 2, ... adds to the attention, as in HSTU's relative bias."""
        self.before_feed_forward = nn.LayerNorm(dimension)
        self.widened = nn.Linear(dimension, 2 * hidden)
        self.narrowed = nn.Linear(hidden, dimension)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor) -> Tensor:
        b, length, d = states.shape
        parts = self.projections(self.before_attention(states)).view(
            b, length, 3, self.heads, d // self.heads
        )
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)  # each (b, heads, l, d / heads)
        mixed = functions.scaled_dot_product_attention(queries, keys, values, attn_mask=self._bias(length))
        states = states + self.dropout(self.mixed(mixed.transpose(1, 2).reshape(b, length, d)))
        gate, value = self.widened(self.before_feed_forward(states)).chunk(2, dim=-1)
        mixed_in: Tensor = states + self.dropout(self.narrowed(functions.silu(gate) * value))
        return mixed_in

    def _bias(self, length: int) -> Tensor:
        """(1, heads, l, l): the distance's bias, -inf for what lies ahead."""
        places = torch.arange(length)
        apart = places[:, None] - places[None, :]
        bias = self.distances[:, apart.clamp(0, self.distances.shape[1] - 1)]
        return bias.masked_fill(apart < 0, float("-inf")).unsqueeze(0)


class SequenceNetwork(nn.Module):
    """Product vectors in, and for each place a state whose product with them says what comes next."""

    def __init__(
        self,
        n_products: int,
        n_attributes: int,
        *,
        dimension: int,
        layers: int,
        heads: int,
        dropout: float,
        length: int,
        temperature: float,
    ) -> None:
        super().__init__()
        self.table = ProductTable(n_products, n_attributes, dimension)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            Block(dimension, heads, hidden=2 * dimension, dropout=dropout, reach=length)
            for _ in range(layers)
        )
        self.last = nn.LayerNorm(dimension)
        self.temperature = temperature

    def states(self, vectors: Tensor, sequences: Tensor) -> Tensor:
        """(b, l, d) for product rows ``sequences`` (b, l), padded at the end with any row."""
        states = self.dropout(vectors[sequences] * vectors.shape[1] ** 0.5 * 0.5)
        for block in self.blocks:
            states = block(states)
        last_states: Tensor = self.last(states)
        return last_states

    def directions(self, states: Tensor) -> Tensor:
        """States of length 1 / temperature: with products of length 1 the logits are bounded cosines."""
        return functions.normalize(states, dim=-1) / self.temperature
