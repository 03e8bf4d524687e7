"""Panels that apps show on a member's page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from membership import panels as module
from membership.panels import Panel, panels, register_panel

NOTES = Panel("notes", "Notes", "notes.html", lambda member: {}, "membership.view_member")


@pytest.fixture
def empty(monkeypatch) -> None:
    monkeypatch.setattr(module, "_panels", {})


def test_panels_stand_in_their_order_then_by_key(empty) -> None:
    for key, order in (("b", 5), ("c", 1), ("a", 5)):
        register_panel(replace(NOTES, key=key, order=order))

    assert [panel.key for panel in panels()] == ["c", "a", "b"]


def test_a_key_registered_again_replaces_the_panel(empty) -> None:
    register_panel(NOTES)
    register_panel(replace(NOTES, title="Remarks"))

    assert [panel.title for panel in panels()] == ["Remarks"]


def test_every_app_has_registered_its_panels_with_a_permission() -> None:
    by_key = {panel.key: panel for panel in panels()}

    assert {"orders", "profile", "segments", "consents", "timeline"} <= set(by_key)
    assert all("." in panel.permission for panel in by_key.values())
