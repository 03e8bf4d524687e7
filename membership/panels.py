"""Where apps register what they show on a member's page.

An app calls ``register_panel`` in its ``AppConfig.ready()``; ``config/pages/member.py`` draws them in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from membership.models import Member


@dataclass(frozen=True)
class Panel:
    """One box on the member page: ``context(member)`` fills ``template``.

    ``permission`` is what the viewer needs ("fraud.view_fraudalert"); ``sentence`` may add a clause to the
    plain sentence on top of the page ("" when there is nothing to say). ``side`` puts a small panel into
    the narrow column. The template also sees ``member`` and ``may_change``, and the request's variables.
    """

    key: str
    title: object  # str or a lazy translation
    template: str
    context: Callable[[Member], Mapping[str, object]]
    permission: str
    order: int = 100
    sentence: Callable[[Member], str] | None = None
    side: bool = False


_panels: dict[str, Panel] = {}


def register_panel(panel: Panel) -> None:
    _panels[panel.key] = panel


def panels() -> list[Panel]:
    """All registered panels in the order in which the page shows them."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))
