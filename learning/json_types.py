"""Objects of JSON as Python holds them: figures and parameters of a model, entries of lists, logged facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]
"""A JSON object that is built here; its keys are documented where it is used."""
JsonMapping = Mapping[str, Any]
"""A JSON object that is only read."""
