"""What follows from an order that was settled or changed: points, lists, and whatever an app keeps of orders.

Apps register in ``AppConfig.ready()``; membership imports none of them. A follower is called at the end of
the transaction that changed the order, with the order's row locked, and must be safe to repeat.
"""

from __future__ import annotations

from collections.abc import Callable

from membership.models import Order, OrderChange

Follower = Callable[[Order, OrderChange | None], object]
"""Called with the order as it is now, and its newest change; None when it was just settled."""
_followers: dict[str, Follower] = {}


def register_follower(name: str, follower: Follower) -> None:
    """One follower a name: registering a name again replaces it."""
    _followers[name] = follower


def followers() -> dict[str, Follower]:
    """By name."""
    return dict(sorted(_followers.items()))


def follow(*, order: Order, change: OrderChange | None = None) -> None:
    """Have everything follow ``order``. Call it last in the transaction that changed it."""
    for follower in followers().values():
        follower(order, change)
