"""A sentence cut into pieces, each about one condition or activity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from membership.rules.nodes import Relative
from membership.segments.drafting.tokens import Kind, Number, Token

_STRENGTH = {Kind.BOUND: 0, Kind.COMMA: 1, Kind.AND: 2, Kind.OR: 3}
_HEADS = {Kind.VERB, Kind.NOTHING, Kind.CONSENT, Kind.CHANNEL_OF_CONSENT, Kind.FIELD, Kind.VALUE, Kind.NAME}


@dataclass(frozen=True)
class Amount:
    """A number, its comparison and its unit; ``high`` for a range."""

    value: Number
    op: str = ""
    unit: str = ""
    high: Number | None = None


@dataclass(frozen=True)
class Period:
    """A period: its kind (past, next, ago or span), and how it is compared ("more than two years ago")."""

    kind: Kind
    span: Relative
    op: str
    start: int


@dataclass
class Piece:
    """The words between two connectors, sorted by kind."""

    connector: Kind
    excepted: bool = False
    tokens: list[Token] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    loose_comparison: str = ""

    @property
    def text(self) -> str:
        return " ".join(token.text for token in self.tokens)

    @property
    def negation(self) -> bool:
        return any(token.kind is Kind.NOT for token in self.tokens)

    @property
    def never(self) -> bool:
        return any(token.kind is Kind.NOT and token.value is True for token in self.tokens)

    @property
    def has_head(self) -> bool:
        return any(token.kind in _HEADS for token in self.tokens)

    def of(self, kind: Kind) -> list[Token]:
        return [token for token in self.tokens if token.kind is kind]


def cut(tokens: Iterable[Token]) -> list[Piece]:
    """The pieces of a sentence; each has something to say, and knows how it joins the one before."""
    pieces, waiting, excepted = [Piece(Kind.BOUND)], Kind.BOUND, False
    for token in tokens:
        if token.kind is Kind.EXCEPT:
            excepted, waiting = True, Kind.BOUND
        elif token.kind is Kind.EXCEPT_END:
            excepted, waiting = False, Kind.BOUND
        elif token.kind in _STRENGTH:
            waiting = _stronger(waiting, token.kind) if waiting is not Kind.FILLER else token.kind
            continue
        else:
            if token.kind is Kind.NOT and token.value == "without":
                waiting = Kind.BOUND if waiting is Kind.FILLER else waiting
            if waiting is not Kind.FILLER:
                pieces.append(Piece(waiting, excepted))
            pieces[-1].tokens.append(token)
            waiting = Kind.FILLER  # nothing has come between since
    return [_taken_apart(piece) for piece in _with_heads([one for one in pieces if one.tokens])]


def _stronger(one: Kind, other: Kind) -> Kind:
    return one if _STRENGTH[one] >= _STRENGTH[other] else other


def _with_heads(pieces: list[Piece]) -> list[Piece]:
    """Pieces that only say when or how many join the piece that they belong to."""
    result: list[Piece] = []
    held: list[Token] = []
    for piece in pieces:
        if not piece.has_head and not result:
            held += piece.tokens
        elif not piece.has_head:
            result[-1].tokens += piece.tokens
        else:
            result.append(replace(piece, tokens=[*held, *piece.tokens]))
            held = []
    return result or [Piece(Kind.BOUND, tokens=held)]


def _taken_apart(piece: Piece) -> Piece:
    """``piece`` with its numbers and times, each with its comparison and unit."""
    op = ""
    last = ""  # what the previous token was: a unit belongs to the number right before it
    for token in piece.tokens:
        match token.kind:
            case Kind.COMPARE:
                op = token.value
                continue
            case Kind.NUMBER:
                unit = "percent" if _is_share(token) else ""
                piece.amounts.append(Amount(token.value, op, unit))
                op, last = "", "number"
                continue
            case Kind.RANGE:
                low, high = token.value
                piece.amounts.append(Amount(low, "between", high=high))
                last = "number"
                continue
            case Kind.COMPARE_BACK if piece.amounts:
                piece.amounts[-1] = replace(piece.amounts[-1], op=token.value)
                continue
            case Kind.UNIT:
                if last == "number":
                    piece.amounts[-1] = replace(piece.amounts[-1], unit=token.value)
            case Kind.PAST | Kind.NEXT | Kind.AGO | Kind.SPAN:
                piece.periods.append(Period(token.kind, token.value, op, token.start))
                op = ""
        last = ""
    piece.loose_comparison = op
    return piece


def _is_share(token: Token) -> bool:
    return any(sign in token.text for sign in ("%", "percent", "per cent", "成", "百分"))
