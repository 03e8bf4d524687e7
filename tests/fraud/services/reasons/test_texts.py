"""Reasons are sentences with the fact in them, in the reader's language."""

from __future__ import annotations

import pytest

from fraud.services.reasons.texts import reason_text


@pytest.mark.parametrize(
    ("code", "facts", "text"),
    [
        ("amount", {"amount": 93.0, "ratio": 3.1}, "3.1× this member's usual amount"),
        ("amount", {"amount": 93.0}, "a first order of 93.00"),
        ("device", {"new": False, "seconds": 240, "uses": 1}, "device first seen 4 minutes ago"),
        ("device", {"new": True}, "a device this member has not used before"),
        ("gap", {"seconds": 7_300}, "2 hours after the order before"),
        ("known_labels", {"frauds": 1}, "1 of this member's last orders was fraud"),
        ("velocity", {"orders": 3, "amount": 210.5}, "3 orders within a day, 210.50 in all"),
        (
            "earlier_order",
            {"amount": 9.98, "seconds": 7_000},
            "follows an order of 9.98 made 2 hours earlier",
        ),
        ("channel", {"choice": "app"}, "channel: App"),
        ("model_unavailable", {}, "The model could not answer."),
    ],
)
def test_a_reason_reads_like_a_sentence(code, facts, text):
    assert reason_text({"code": code, "facts": facts}) == text


def test_a_reason_of_an_older_version_keeps_its_stored_text():
    assert reason_text({"code": "gone", "text": "as it was written"}) == "as it was written"
    assert (
        reason_text({"code": "gap", "text": "as it was written", "facts": {"hours": 2}})
        == "as it was written"
    )
