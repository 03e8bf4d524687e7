"""What can go wrong with another shop's API, in words for staff."""

from __future__ import annotations

from connectors.words import phrase, shown


class ShopProblem(Exception):
    """The shop's API cannot be used as it is asked; the message says why and what to do.

    ``text`` is marked by ``gettext_noop``; ``stored`` is what is kept, ``str()`` what is shown.
    """

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.stored = phrase(text, **values)

    def __str__(self) -> str:
        return shown(self.stored)


class CursorGone(ShopProblem):
    """The shop no longer knows the place in its list that it gave itself."""


class ShopAway(ShopProblem):
    """The shop does not answer at the moment; later it may."""
