"""What is wrong with a rule, where, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Place:
    """A place in the text; both start at 1. Zero means that the rule did not come as text."""

    line: int = 0
    column: int = 0


NOWHERE = Place()


@dataclass(frozen=True)
class RuleProblem:
    """One mistake; ``suggestion`` is what to write instead, "" where nothing is close."""

    message: str
    place: Place = NOWHERE
    suggestion: str = ""


class RuleError(Exception):
    """A rule that cannot be used, with everything that is wrong with it in the order of the text."""

    def __init__(self, problems: Iterable[RuleProblem]) -> None:
        self.problems = sorted(problems, key=lambda one: (one.place.line, one.place.column))
        super().__init__(self.problems[0].message)


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that ``word`` was most likely meant to be, or ""."""
    by_folded = {one.casefold(): one for one in known}
    matches = get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else ""
