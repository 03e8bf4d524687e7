from __future__ import annotations

import pytest
import torch
from torch import Tensor

from recommendations.ml.sequence.network import Block, ProductTable, SequenceNetwork


def network(**changes: float) -> SequenceNetwork:
    torch.manual_seed(3)
    settings = {"dimension": 8, "layers": 2, "heads": 2, "dropout": 0.0, "length": 5, "temperature": 0.1}
    return SequenceNetwork(7, 3, **{**settings, **changes}).eval()  # type: ignore[arg-type]  # by name


def states(model: SequenceNetwork, *sequences: list[int]) -> Tensor:
    with torch.no_grad():
        return model.states(model.table(None), torch.tensor(sequences))


def test_a_state_does_not_see_what_comes_after_it():
    model = network()
    one, other = states(model, [1, 2, 3, 4], [1, 2, 6, 0])

    torch.testing.assert_close(one[:2], other[:2])
    assert not torch.allclose(one[2], other[2])


def test_padding_at_the_end_changes_nothing_before_it():
    model = network()
    (short,) = states(model, [1, 2])
    (padded,) = states(model, [1, 2, 0, 0, 0])

    torch.testing.assert_close(padded[:2], short)


def test_the_order_of_products_matters():
    """A fresh network does not tell places apart; a learned distance does."""
    model = network()
    with torch.no_grad():
        for block in model.blocks:
            assert isinstance(block, Block)
            block.distances[:, 1:] = torch.tensor([3.0, -3.0, 0.0, 0.0])
    one, other = states(model, [1, 2, 3], [2, 1, 3])

    assert not torch.allclose(one[2], other[2])


def test_directions_have_the_length_of_the_temperature():
    model = network(temperature=0.25)
    directions = model.directions(torch.randn(4, 8))

    torch.testing.assert_close(directions.norm(dim=1), torch.full((4,), 4.0))


def test_logits_are_bounded_by_the_temperature():
    model = network(temperature=0.1)
    with torch.no_grad():
        vectors = torch.nn.functional.normalize(model.table(None), dim=1)
        logits = model.directions(torch.randn(50, 8)) @ vectors.T

    assert logits.abs().max() <= 10 + 1e-4


def test_a_product_shares_the_vectors_of_its_attributes():
    torch.manual_seed(1)
    table = ProductTable(3, 2, 4)
    shares = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 0.0]]).to_sparse_coo()
    with torch.no_grad():
        kinds = table.kinds.weight
        added = table(shares) - table.own.weight

    torch.testing.assert_close(added, torch.stack([kinds[0], kinds.mean(dim=0), torch.zeros(4)]))


def test_a_shop_without_attributes_has_products_alone():
    table = ProductTable(3, 0, 4)

    torch.testing.assert_close(table(None), table.own.weight)


def test_distances_beyond_the_reach_count_as_the_farthest():
    torch.manual_seed(2)
    block = Block(4, 1, hidden=8, dropout=0.0, reach=2).eval()
    with torch.no_grad():
        block.distances[:] = torch.tensor([[0.0, 5.0]])
        bias = block._bias(4)[0, 0]

    assert bias[3].tolist() == [5, 5, 5, 0]
    assert bias[0, 1:].tolist() == [-torch.inf] * 3


@pytest.mark.parametrize("n", [1, 3])
def test_sequences_are_read_independently(n: int):
    model = network()
    lines = [[line, line + 1, line + 2] for line in range(n)]

    for line, alone in enumerate(lines):
        torch.testing.assert_close(states(model, *lines)[line], states(model, alone)[0])
