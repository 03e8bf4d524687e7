"""A model's inputs for one order as JSON and back, exactly."""

from __future__ import annotations

import base64
from dataclasses import fields
from typing import TYPE_CHECKING

from learning.json_types import JsonMapping, JsonObject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fraud.ml.orders.sequences import TransactionSequences
    from learning.estimator import Array


def packed(sequences: TransactionSequences) -> JsonObject:
    """Every array of ``sequences`` with its type and shape."""
    compact = sequences.compacted()
    return {one.name: _array_packed(getattr(compact, one.name)) for one in fields(compact)}


def unpacked(stored: JsonMapping) -> TransactionSequences:
    """Raises KeyError and TypeError when the program now reads other arrays than were stored."""
    from fraud.ml.orders.sequences import TransactionSequences

    return TransactionSequences(**{name: _array(value) for name, value in stored.items()})


def _array_packed(values: NDArray[np.generic]) -> JsonObject:
    little = values.astype(values.dtype.newbyteorder("<"))
    return {
        "dtype": little.dtype.str,
        "shape": list(values.shape),
        "data": base64.b64encode(little.tobytes()).decode("ascii"),
    }


def _array(stored: JsonMapping) -> Array:
    import numpy as np

    flat = np.frombuffer(base64.b64decode(stored["data"]), stored["dtype"])
    return flat.reshape(stored["shape"]).astype(flat.dtype.newbyteorder("="))
