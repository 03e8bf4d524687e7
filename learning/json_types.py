"""Objects of JSON as Python holds them: figures and parameters of a model, entries of lists, logged facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]
"""One that is made here; what its keys mean is said where it is used."""
JsonMapping = Mapping[str, Any]
"""One that is only read."""
