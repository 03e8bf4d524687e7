"""What must follow at once when members refuse to be profiled. Apps register it in ``AppConfig.ready()``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class AfterRefusal(Protocol):
    """Removes what the app has made about these members; called inside the refusal's transaction."""

    def __call__(self, *, member_ids: Sequence[int], at: datetime) -> object: ...


_hooks: list[AfterRefusal] = []


def register_after_refusal(hook: AfterRefusal) -> None:
    if hook not in _hooks:
        _hooks.append(hook)


def refusal_hooks() -> list[AfterRefusal]:
    return list(_hooks)


def follow_refusal(*, member_ids: Sequence[int], at: datetime) -> None:
    """Let every app remove what it has made about members who refuse from ``at`` on."""
    for hook in _hooks:
        hook(member_ids=member_ids, at=at)
