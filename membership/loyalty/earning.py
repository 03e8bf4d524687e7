"""What an order's lines earn: the rules in force when it was placed, and what each line keeps of it later.

A line earns its amount times the highest rate that fits, times every factor that fits. Fixed points of an
order are spread over its lines by amount. Nothing is rounded until an order's sum, which is rounded down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR
from fractions import Fraction

from django.db.models import Q

from membership.loyalty.amounts import COUNTING, NOTHING, SIX, Amount, products_cost
from membership.models import Category, EarnedLine, EarningRule, Order, OrderItem

LARGEST = 10_000_000
"""Points that one order can earn."""
Kind = EarningRule.Kind
FIXED = (Kind.ORDER, Kind.FIRST_ORDER)


def rules_for(*, order: Order) -> list[EarningRule]:
    """The rules under which the order earns, by moment, tier and size; the birthday's is not about orders."""
    cost = order.in_shop_currency(products_cost(order)) or NOTHING
    rules = EarningRule.objects.in_force(order.placed_at).exclude(kind=Kind.BIRTHDAY)
    fitting = [
        rule
        for rule in rules.select_related("category").order_by("id")
        if rule.tier in ("", order.member.tier) and rule.smallest_order <= cost
    ]
    if any(rule.kind == Kind.FIRST_ORDER for rule in fitting) and not _is_first(order):
        fitting = [rule for rule in fitting if rule.kind != Kind.FIRST_ORDER]
    return fitting


def _is_first(order: Order) -> bool:
    others = Order.objects.filter(member_id=order.member_id, status__in=COUNTING).exclude(pk=order.pk)
    earlier = Q(placed_at__lt=order.placed_at) | Q(placed_at=order.placed_at, pk__lt=order.pk)
    return not others.filter(earlier).exists()


def earned_lines(
    *,
    order: Order,
    items: Sequence[OrderItem],
    amounts: Mapping[int, Amount],
    rules: Sequence[EarningRule],
    fixed: bool,
) -> list[EarnedLine]:
    """What these lines earn by these rules, not stored; ``fixed`` says whether fixed points are among it."""
    above = _categories_above({item.category_id for item in items})
    lines = []
    for item in items:
        fitting = [
            rule for rule in rules if rule.category_id is None or rule.category_id in above[item.category_id]
        ]
        amount = amounts[item.line_no].placed
        rates = sorted((rule for rule in fitting if rule.kind == Kind.RATE), key=lambda rule: -rule.value)[:1]
        factors = [rule for rule in fitting if rule.kind == Kind.FACTOR] if rates else []
        points = amount * rates[0].value if rates else NOTHING
        for rule in factors:
            points *= rule.value
        lines.append(
            EarnedLine(
                order=order,
                line_no=item.line_no,
                product_id=item.product_id,
                amount=amount,
                points=points.quantize(SIX, ROUND_FLOOR),
                rules=[_as_stored(rule) for rule in rates + factors],
            )
        )
    if fixed:
        _spread([rule for rule in rules if rule.kind in FIXED], lines, above=above, items=items)
    return lines


def _spread(
    rules: Sequence[EarningRule],
    lines: Sequence[EarnedLine],
    *,
    above: Mapping[int | None, set[int]],
    items: Sequence[OrderItem],
) -> None:
    """Give each rule's fixed points to the lines that it is about, by amount; the last gets what is left."""
    for rule in rules:
        about = [
            line
            for line, item in zip(lines, items, strict=True)
            if line.amount > 0 and (rule.category_id is None or rule.category_id in above[item.category_id])
        ]
        total = sum((line.amount for line in about), NOTHING)
        left = rule.value
        for line in about:
            part = (rule.value * line.amount / total).quantize(SIX) if line is not about[-1] else left
            line.fixed += part
            line.rules = [*line.rules, _as_stored(rule)]
            left -= part


def points_kept(*, lines: Sequence[EarnedLine], amounts: Mapping[int, Amount]) -> int:
    """Of what the lines earned, what they keep at today's amounts; whole points, rounded down.

    Points by rate follow the line's amount; fixed points go only with what is refunded of the line.
    """
    kept = Fraction(0)
    for line in lines:
        amount = amounts.get(line.line_no)
        if amount is None or not amount.placed:
            continue
        if line.amount:
            kept += Fraction(line.points) * Fraction(amount.now) / Fraction(line.amount)
        kept += Fraction(line.fixed) * Fraction(amount.now) / Fraction(amount.placed)
    return min(int(kept), LARGEST)


def _as_stored(rule: EarningRule) -> dict[str, str]:
    value = f"{rule.value.normalize():f}"
    return {"id": str(rule.public_id), "name": rule.name, "kind": rule.kind, "value": value}


def _categories_above(ids: set[int | None]) -> dict[int | None, set[int]]:
    """Category id -> itself and all above it."""
    parents = dict(Category.objects.values_list("pk", "parent_id")) if ids - {None} else {}
    above: dict[int | None, set[int]] = {None: set()}
    for start in ids - {None}:
        chain: set[int] = set()
        at: int | None = start
        while at is not None and at not in chain:
            chain.add(at)
            at = parents.get(at)
        above[start] = chain
    return above
