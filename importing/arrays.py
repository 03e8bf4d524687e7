"""Types of the arrays in which a chunk is computed; imported for type checks only, as numpy loads slowly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
