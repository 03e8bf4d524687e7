"""What became of one message; ``detail`` as ``connectors.words`` stores it."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.models import ReceivedDelivery
from connectors.words import reason
from importing.files.frames import Outcome

State = ReceivedDelivery.State
ORDER = (State.STAFF, State.REFUSED, State.APPLIED, State.OLDER, State.IGNORED)
"""Of several results of one message, the first of these stands for it."""


@dataclass(frozen=True)
class Result:
    state: State
    detail: str = ""

    @property
    def is_refused(self) -> bool:
        return self.state == State.REFUSED

    @classmethod
    def applied(cls, detail: str = "") -> Result:
        return cls(State.APPLIED, detail)

    @classmethod
    def older(cls) -> Result:
        return cls(State.OLDER)

    @classmethod
    def ignored(cls, detail: str = "") -> Result:
        return cls(State.IGNORED, detail)

    @classmethod
    def refused_for(cls, code: str, *, field: str = "") -> Result:
        return cls(State.REFUSED, reason(code, field=field))


def of_outcome(outcome: Outcome) -> Result:
    """Refused where a row was, with its reason; else applied."""
    return of_row(outcome, outcome.rejected[0].row if outcome.rejected else 0)


def of_row(outcome: Outcome, position: int) -> Result:
    """The same for one row of several."""
    first = next((one for one in outcome.rejected if one.row == position), None)
    if first is not None:
        return Result(State.REFUSED, reason(first.code, detail=first.detail, field=first.field))
    return Result.applied()


def together(results: list[Result]) -> Result:
    """One result for several parts of a message."""
    return min(results, key=lambda one: ORDER.index(one.state)) if results else Result.ignored()
