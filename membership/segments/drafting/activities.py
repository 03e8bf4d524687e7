"""What members did (bought, viewed, spent …): read from a sentence, then made a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from membership.rules.nodes import Behaviour, Condition, Node, Not, Relative, Value
from membership.segments.drafting.pieces import Amount, Period, Piece
from membership.segments.drafting.tokens import Kind, Number, Token

CENT = Decimal("0.01")


class NotUnderstood(Exception):
    """The sentence cannot be made a rule; the message says why."""


@dataclass
class Activity:
    """One thing that members did; ``verb`` is "" where only the neighbouring piece has one."""

    verb: str
    names: dict[str, str]
    bounds: list[Amount]
    window: Period | None
    negated: bool
    never: bool
    text: str
    fields: Mapping[str, str]
    unsure: list[str]
    is_elliptical: bool = False
    window_leads: bool = False
    means_before: bool = False  # "any", "them": the products named before

    # --- completed from neighbours -----------------------------------------------------------------------
    def take_verb(self, other: Activity | None) -> None:
        self.verb = other.verb if other is not None else "bought"
        if other is not None and "channel" in other.names:
            self.names.setdefault("channel", other.names["channel"])

    def take_window(self, other: Activity | None) -> None:
        if self.window is None and other is not None:
            self.window, self.window_leads = other.window, other.window_leads

    def take_bounds(self, other: Activity | None) -> None:
        if not self.bounds and other is not None and not self.negated and not other.negated:
            self.bounds = list(other.bounds)
            self.unsure.append(_("The number was applied to each: %s.") % self.text)

    def follow(self, before: Activity, unsure: list[str]) -> None:
        """ "… viewed toys in two weeks but did not buy any": toys, in these two weeks."""
        if (
            self.negated
            and not self.names
            and (self.means_before or before.verb not in ("bought", "ordered", "spent"))
        ):
            self.names = {key: name for key, name in before.names.items() if key != "channel"}
            if self.names:
                named = ", ".join(self.names.values())
                unsure.append(
                    _("“%(words)s” was taken to be about %(names)s.") % {"words": self.text, "names": named}
                )
        if self.window is not None or self.never or before.window is None:
            return
        if self.negated or before.window_leads:
            self.window, self.window_leads = before.window, before.window_leads
            if self.negated:
                unsure.append(_("For “%s” the same period was assumed.") % self.text)

    # --- as a condition ------------------------------------------------------------------------------------
    def node(self) -> Node:
        if self._says_never_ordered:
            return Condition("orders_total", "=", (0,))
        node = self._spent() if self.verb == "spent" else self._orders_field() or self._behaviour()
        return Not(node) if self.negated else node

    @property
    def _says_never_ordered(self) -> bool:
        bare = not (self.names or self.bounds or self.window)
        return bare and self.negated and self.verb in ("ordered", "bought") and "orders_total" in self.fields

    def _spent(self) -> Node:
        if len(self.bounds) != 1:
            raise NotUnderstood(_("“%s”: say how much they spent.") % self.text)
        amount = self.bounds[0]
        name = self._stored("spend")
        if name:
            return _compared(name, amount)
        if amount.op == "between":
            return self._did({"spend_at_least": amount.value, "spend_at_most": amount.high or 0})
        op, value = amount.op or ">=", amount.value
        arguments: dict[str, dict[str, Value]] = {
            ">=": {"spend_at_least": value}, ">": {"spend_at_least": value + CENT},
            "<=": {"spend_at_most": value}, "<": {"spend_at_most": value - CENT},
            "=": {"spend_at_least": value, "spend_at_most": value},
        }  # fmt: skip
        return self._did(arguments[op])

    def _orders_field(self) -> Node | None:
        """The stored figure with the same meaning, if any: it is cheaper to query and easier to read."""
        if self.names or self.verb not in ("ordered", "bought"):
            return None
        if len(self.bounds) != 1 or self.bounds[0].unit not in ("", "times"):
            return None
        name = self._stored("orders")
        return _compared(name, self.bounds[0]) if name else None

    def _stored(self, figure: str) -> str:
        """The field of this figure and window; "" where there is none, or products are named."""
        if self.names:
            return ""
        ending = "total"
        if self.window is not None:
            ending = _days(self.window)
        name = f"{figure}_{ending}"
        return name if ending and name in self.fields else ""

    def _behaviour(self) -> Node:
        arguments: dict[str, Value] = {}
        for amount in self.bounds:
            arguments |= self._bound(amount)
        return self._did(arguments)

    def _bound(self, amount: Amount) -> dict[str, Value]:
        if amount.unit == "money":
            raise NotUnderstood(_("“%s”: say that they spent it.") % self.text)
        if amount.unit not in ("", "times", "units") or not isinstance(amount.value, int):
            raise NotUnderstood(_("“%s”: it is not clear what the number counts.") % self.text)
        units = amount.unit == "units"
        if units and self.verb not in ("bought", "ordered"):
            raise NotUnderstood(_("“%s”: only things bought are counted in units.") % self.text)
        least, most = ("units_at_least", "units_at_most") if units else ("at_least", "at_most")
        value = amount.value
        match amount.op:
            case "between":
                return {least: value, most: amount.high or 0}
            case ">":
                return {least: value + 1}
            case "<":
                return {most: max(value - 1, 0)}
            case "<=":
                return {most: value}
            case "=":
                return {least: value, most: value} if units else {"exactly": value}
        if not amount.op and not self.negated:
            self.unsure.append(_("“%s” was read as that many times or more.") % self.text)
        return {least: value}

    def _did(self, arguments: Mapping[str, Value]) -> Behaviour:
        name = "bought" if self.verb in ("ordered", "spent", "") else self.verb
        given: dict[str, Value] = {**arguments, **self.names, **_when(self.window)}
        return Behaviour(name, tuple(sorted(given.items(), key=lambda pair: pair[0])))


def activity_of(
    piece: Piece,
    *,
    verbs: Sequence[Token],
    names: Sequence[Token],
    unsure: list[str],
    fields: Mapping[str, str],
) -> Activity:
    """The activity of one piece; removes the piece's numbers and its period from it."""
    nothing = piece.of(Kind.NOTHING)
    products: dict[str, str] = {}
    for token in names:
        what, stored = token.value
        if what in products:
            raise NotUnderstood(_("“%s”: put “and” or “or” between these.") % piece.text)
        products[what] = stored
    window = piece.periods.pop(0) if piece.periods else None
    if window is not None and window.kind is Kind.NEXT:
        raise NotUnderstood(_("“%s”: what members will do is not known.") % piece.text)
    verb = _verb(verbs, piece)
    bounds, piece.amounts = piece.amounts, []
    if verb not in ("spent", "") and any(amount.unit == "money" for amount in bounds):
        verb = "spent"
    negated = piece.negation or any(token.value == "negated" for token in nothing)
    if nothing and not piece.negation:
        negated = True
    leads = window is not None and bool(verbs) and window.start < verbs[0].start
    return Activity(
        verb=verb or ("bought" if nothing else ""), names=products, bounds=bounds, window=window,
        negated=negated, never=piece.never, text=piece.text, fields=fields, unsure=unsure,
        is_elliptical=not verbs and not nothing, window_leads=leads, means_before=bool(piece.of(Kind.ANY)),
    )  # fmt: skip


def _verb(verbs: Sequence[Token], piece: Piece) -> str:
    """The one verb of a piece. With both "ordered" and "spent", it is "spent"."""
    different = list(dict.fromkeys(token.value for token in verbs))
    buying = [verb for verb in different if verb in ("bought", "ordered", "spent")]
    if len(different) - len(buying) > 1 or (buying and len(different) > len(buying)):
        raise NotUnderstood(_("“%s”: put “and” or “or” between these.") % piece.text)
    if "spent" in buying:
        return "spent"
    return different[0] if different else ""


def _days(window: Period) -> str:
    """ "90d" for a window of whole days, which figures are kept for; a year is counted as 365."""
    span = window.span
    if window.kind is Kind.AGO or span.unit == "m":
        return ""
    return f"{span.amount * {'d': 1, 'w': 7, 'y': 365}[span.unit]}d"


def _when(window: Period | None) -> dict[str, Value]:
    if window is None:
        return {}
    back = Relative(-window.span.amount, window.span.unit)
    if window.kind is not Kind.AGO:
        return {"within": window.span}
    return {"since": back} if window.op in ("<", "<=") else {"until": back}


def _compared(name: str, amount: Amount) -> Condition:
    if amount.op == "between":
        high: Number = amount.high if amount.high is not None else amount.value
        return Condition(name, "between", (amount.value, high))
    return Condition(name, amount.op or ">=", (amount.value,))
