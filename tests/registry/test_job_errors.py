"""Errors of jobs are stored with what fills them, and shown in the reader's language."""

from __future__ import annotations

import errno

import pytest
from django.db import OperationalError
from django.utils.translation import gettext, override

from learning.estimator import ModelFitError
from learning.step_texts import StepText
from recommendations.services.writing.write_back import ShardFailed
from registry.job_errors import (
    DATABASE_AWAY,
    DISK_FULL,
    OUT_OF_MEMORY,
    TOOK_TOO_LONG,
    UNEXPECTED,
    detailed_error,
    given_up,
    plain_error,
    shown_error,
    stored_error,
)

TOO_FEW = StepText("Demand forecasts need %(weeks)d weeks of sales; there are %(n)d.", weeks=12, n=3)


def shown(stored: str, language: str = "zh-hans") -> str:
    with override(language):
        return shown_error(stored, gettext)


def test_too_little_data_is_said_with_its_figures_in_chinese() -> None:
    stored = stored_error(ModelFitError(TOO_FEW))

    assert stored.startswith("ModelFitError: ")
    assert shown(stored) == "需求预测需要 12 周的销量；现有 3 周。"
    assert shown(stored, "en") == "Demand forecasts need 12 weeks of sales; there are 3."


def test_a_worker_that_died_is_said_in_chinese() -> None:
    assert shown(given_up(attempts=5)) == "尝试 5 次后放弃：每次工作进程都意外终止"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), OUT_OF_MEMORY),
        (TimeoutError("not loaded within 3 s"), TOOK_TOO_LONG),
        (OperationalError("database is locked"), DATABASE_AWAY),
        (OSError(errno.ENOSPC, "No space left on device"), DISK_FULL),
        (KeyError("member_id"), UNEXPECTED),
    ],
)
def test_what_went_wrong_on_the_machine_has_a_sentence(error: Exception, sentence: str) -> None:
    assert shown(stored_error(error), "en") == sentence
    assert shown(stored_error(error)) not in ("", sentence)


def test_an_error_within_an_error_is_translated_too() -> None:
    why = plain_error(stored_error(ModelFitError(TOO_FEW)))
    error = ShardFailed(StepText("Members %(range)s: %(why)s", range="1-20", why=why))

    assert shown(stored_error(error)) == "会员 1-20：需求预测需要 12 周的销量；现有 3 周。"
    assert shown(stored_error(error), "en") == str(error)


@pytest.mark.parametrize("stored", ["", "orders.csv: row 3 is bad", "[broken", '["%(n)d", {}]'])
def test_other_texts_stay_as_they_are(stored: str) -> None:
    assert shown(stored) == plain_error(stored) == stored


def test_a_terminal_shows_the_kind_of_error_as_well() -> None:
    assert detailed_error(stored_error(KeyError("x"))) == "KeyError: 'x'"
    assert detailed_error(stored_error(ModelFitError(TOO_FEW))) == f"ModelFitError: {TOO_FEW}"
