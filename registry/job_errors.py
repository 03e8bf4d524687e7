"""Why a job failed, stored so that it can be shown in any language.

What is stored is the kind of error, then its text with what fills it (``learning.step_texts``), as in
``ModelFitError: ["Demand forecasts need %(weeks)d weeks ...", {"weeks": 12}]``. A text without a kind is
meant for people too.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from django.db import OperationalError
from django.utils.translation import gettext_noop

from learning.step_texts import StepText, read_back, to_stored, translated

LENGTH = 2_000
SAYS_IT_PLAINLY = ("ModelFitError", "ArtefactError", "NoLiveModel", "NotFinite", "ShardFailed", "InputError")
"""Errors of ours, whose text is a sentence for people."""
UNEXPECTED = gettext_noop("It stopped at an unexpected error; its details are in the log.")
OUT_OF_MEMORY = gettext_noop("The memory of this machine was not enough; give it more, then start it again.")
DATABASE_AWAY = gettext_noop("The database did not answer in time; start it again.")
TOOK_TOO_LONG = gettext_noop("It took longer than it may; start it again.")
DISK_FULL = gettext_noop("The disk is full; make room, then start it again.")
WORKER_DIED = gettext_noop("given up after %(n)d attempts: the worker died each time")
OF_THE_MACHINE = {
    "MemoryError": OUT_OF_MEMORY,
    "OperationalError": DATABASE_AWAY,
    "TimeoutError": TOOK_TOO_LONG,
    "DiskFull": DISK_FULL,
}
"""Kinds of errors that staff can do something about, and the sentence that is shown for them."""


def stored_error(error: BaseException) -> str:
    """``error`` as ``LeasedJob.error`` holds it."""
    first = error.args[0] if error.args else ""
    text = first if isinstance(first, StepText) else str(error)
    return f"{_kind(error)}: {to_stored(text, most=LENGTH)}"


def given_up(*, attempts: int) -> str:
    """The stored error of a job whose workers died so many times."""
    return to_stored(StepText(WORKER_DIED, n=attempts), most=LENGTH)


def plain_error(stored: str) -> str:
    """The sentence that people read, in English; translatable as a value of another text."""
    return read_back(_sentence(stored))


def shown_error(stored: str, translate: Callable[[str], str]) -> str:
    """The sentence that people read, in the language of ``translate``. "" for no error."""
    return translated(_sentence(stored), translate)


def detailed_error(stored: str) -> str:
    """Kind and text in English, for a terminal or a log."""
    kind, colon, text = stored.partition(": ")
    return f"{kind}: {read_back(text)}" if colon and kind.isidentifier() else read_back(stored)


def _kind(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "DiskFull"
    for known in (MemoryError, OperationalError, TimeoutError):
        if isinstance(error, known):
            return known.__name__
    return type(error).__name__


def _sentence(stored: str) -> str:
    """What is shown of a stored error, as it is stored: what kind it was is for the log."""
    kind, colon, text = stored.partition(": ")
    if not colon or not kind.isidentifier() or kind in SAYS_IT_PLAINLY:
        return text if kind in SAYS_IT_PLAINLY else stored
    if kind in OF_THE_MACHINE:
        return OF_THE_MACHINE[kind]
    return UNEXPECTED if kind.endswith(("Error", "Exception")) else stored
