"""How common a value is in this shop: what two strangers have in common by chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from membership.duplicates.ml.names import Name

SMOOTHING = 1_000
"""So many members stand in front of the shop's own: the counts of a small shop say little."""
RAREST = 0.5
"""How often a name that only the two have is taken to occur. Among a million members most such names occur
twice by chance."""
CULTURE = 10
"""How much oftener a given name stands beside a family name of its own country than by chance."""
LEAST = 1e-9
USUAL_DATE = 1 / 20_000
"""How many members have one birth date, where the shop's members do not tell."""


@dataclass
class Frequencies:
    """Counts over ``n_members``. A value that is not counted occurs once."""

    n_members: int
    letters: Mapping[str, int] = field(default_factory=Counter)
    characters: Mapping[str, int] = field(default_factory=Counter)
    parts: Mapping[str, int] = field(default_factory=Counter)
    birth_dates: Mapping[int, int] = field(default_factory=Counter)
    local_parts: Mapping[str, int] = field(default_factory=Counter)
    uses: Mapping[int, int] = field(default_factory=Counter)

    def _share(self, count: int, *, usual: float = RAREST) -> float:
        """The chance that a stranger has it, when two members are seen to."""
        return min((max(count - 2, 0) + usual) / (self.n_members + SMOOTHING), 1.0)

    def of_name(self, name: Name) -> float:
        """Of a whole name in Latin letters or by its reading."""
        return self._whole(self.letters.get(name.letters, 1), name)

    def of_characters(self, name: Name) -> float:
        return self._whole(self.characters.get(name.characters, 1), name)

    def _whole(self, count: int, name: Name) -> float:
        """A name that only the two have can be rarer than counting tells: then its parts tell."""
        share = self._share(count)
        if count > 2:
            return share
        return max(min(share, CULTURE * math.prod(self.of_part(part) for part in name.parts)), LEAST)

    def of_part(self, part: str) -> float:
        return self._share(self.parts.get(part, 1), usual=2 * RAREST)

    def of_birth_date(self, day: int) -> float:
        return self._share(self.birth_dates.get(day, 1), usual=SMOOTHING * USUAL_DATE)

    def of_local_part(self, word: str) -> float:
        return self._share(self.local_parts.get(word, 1), usual=0.01)

    def of_use(self, use: int) -> float:
        """Of an address, a device or a means of payment."""
        return self._share(self.uses.get(use, 1), usual=0.1)

    def are_two_names(self, a: str, b: str) -> bool:
        """Whether both parts are names of their own here: then none is a misspelling of the other."""
        less, more = sorted((self.parts.get(a, 1), self.parts.get(b, 1)))
        return less >= 3 and less >= more / 100
