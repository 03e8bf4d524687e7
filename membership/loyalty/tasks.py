"""Background work on points and tiers. Each task calls one service."""

from __future__ import annotations

from celery import shared_task

BATCHES = 20


@shared_task(name="membership.tasks.settle_points")
def settle_points() -> int:
    """Post expired points, pay debts, withdraw unused coupons, note what expires soon; members settled."""
    from membership.loyalty.expiring import note_expiries, withdraw_expired_coupons
    from membership.loyalty.expiring import settle_points as settle

    done = 0
    for _batch in range(BATCHES):
        some = settle()
        done += some
        if not some:
            break
    withdraw_expired_coupons()
    note_expiries()
    return done


@shared_task(name="membership.tasks.earn_from_imports")
def earn_from_imports() -> int:
    """Book the points of imported orders, where the program says that they earn; how many orders."""
    from membership.loyalty.following import earn_from_imports as earn

    return earn()


@shared_task(name="membership.tasks.give_birthday_points")
def give_birthday_points() -> int:
    """Give members their birthday points; how many got some."""
    from membership.loyalty.birthdays import give_birthday_points as give

    return give()


@shared_task(name="membership.tasks.review_tiers")
def review_tiers() -> int:
    """Raise and lower tiers by the rules; how many."""
    from membership.loyalty.tiers import review_tiers as review

    done = review()
    return done.raised + done.lowered
