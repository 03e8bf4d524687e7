"""The products of the next order, as a linear function of all orders before it.

Ridge regression in closed form, W = (XᵀX + λI)⁻¹ XᵀY: a row of X is what a member had bought before an order,
each order back counting ``order_decay`` as much, and the row of Y is that order. Unlike EASE it looks ahead,
and a product may predict itself: some are bought again soon, others once.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg.blas import ssyrk

from recommendations.ml.repeat.log import PurchaseLog

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
ORDERS_BACK = 20
"""Older orders hardly count: .85 to the 20th is .04."""


def next_order_weights(
    log: PurchaseLog, products: Rows, *, order_decay: float, regularization: float, most_orders: int
) -> Floats:
    """W, (n, n) float32 over ``products`` (n,), from the newest ``most_orders`` that have one before them."""
    if len(log) == 0 or len(products) == 0:
        return np.zeros((len(products), len(products)), dtype=np.float32)
    place = np.full(log.n_products, -1)
    place[products] = np.arange(len(products))
    inside = place[log.product_rows] >= 0
    orders = log.orders
    shape = (len(orders.member_rows), len(products))
    ones = np.ones(int(inside.sum()), dtype=np.float32)
    content = sparse.csr_matrix(
        (ones, (log.order_rows[inside], place[log.product_rows[inside]])), shape=shape
    )
    member = orders.member_rows
    later = np.flatnonzero(member[1:] == member[:-1]) + 1
    later = later[np.argsort(orders.age_days[later], kind="stable")[:most_orders]]
    before = _history(content, member, later, order_decay)
    after = content[later]
    # a large order has many products to explain; without this, wholesalers would be all that counts
    weight = sparse.diags(np.maximum(np.diff(after.indptr), 1).astype(np.float32) ** -0.5)
    before, after = (weight @ before).tocsr(), (weight @ after).tocsr()
    # one half of XᵀX, from scipy: twice as fast as the whole; what follows is several times faster in torch
    gram = ssyrk(1.0, before.toarray().T, lower=1).T
    gram.reshape(-1)[:: len(gram) + 1] += np.float32(regularization)
    half = torch.linalg.cholesky(torch.from_numpy(gram), upper=True)
    right = torch.from_numpy(np.asarray((before.T @ after).todense(), dtype=np.float32))
    return torch.cholesky_solve(right, half, upper=True).numpy()


def _history(content: sparse.csr_matrix, member: Rows, later: Rows, decay: float) -> sparse.csr_matrix:
    """What each order of ``later`` had before it, faded by order, (len(later), n products)."""
    lines, columns, weights = [], [], []
    for back in range(1, ORDERS_BACK + 1):
        earlier = later - back
        same = np.flatnonzero((earlier >= 0) & (member[earlier.clip(min=0)] == member[later]))
        lines.append(same)
        columns.append(earlier[same])
        weights.append(np.full(len(same), decay ** (back - 1), dtype=np.float32))
    parts = (np.concatenate(weights), (np.concatenate(lines), np.concatenate(columns)))
    return (sparse.csr_matrix(parts, shape=(len(later), content.shape[0])) @ content).tocsr()
