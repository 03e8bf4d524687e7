"""Text from outside, as both databases can hold it."""

from __future__ import annotations


def storable(text: str) -> str:
    """``text`` without NUL, which PostgreSQL refuses, and halves of surrogate pairs, which UTF-8 does."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
