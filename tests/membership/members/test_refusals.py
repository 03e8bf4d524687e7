"""What apps remove when members refuse to be profiled."""

from __future__ import annotations

import pytest

from membership.members import refusals
from membership.members.refusals import follow_refusal, register_after_refusal


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch) -> None:
    monkeypatch.setattr(refusals, "_hooks", [])


def test_every_app_is_called_once_with_the_members_and_the_moment(noon) -> None:
    calls: list[object] = []

    def hook(*, member_ids, at):
        calls.append((list(member_ids), at))

    register_after_refusal(hook)
    register_after_refusal(hook)
    follow_refusal(member_ids=[1, 2], at=noon)

    assert calls == [([1, 2], noon)]


def test_without_apps_nothing_happens(noon) -> None:
    follow_refusal(member_ids=[1], at=noon)
    assert refusals._hooks == []
