"""From a sentence to a rule. Every word must be understood; otherwise the answer is the reason."""

from __future__ import annotations

from django.utils.translation import gettext as _

from membership.rules.nodes import Condition, InSegment, Node, Relative, Value
from membership.segments.drafting.activities import Activity, NotUnderstood, activity_of
from membership.segments.drafting.joining import Part, grouped, joined
from membership.segments.drafting.lexing import folded, lex
from membership.segments.drafting.pieces import Amount, Period, Piece, cut
from membership.segments.drafting.tokens import Draft, Kind, Token
from membership.segments.drafting.vocabulary import Vocabulary

MAX_SENTENCE = 500
NEW_FOR = Relative(30, "d")
_ACTIVITIES = ("bought", "ordered", "spent", "viewed", "carted", "wishlisted", "clicked")
_OPPOSITE = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def read(sentence: str, vocabulary: Vocabulary) -> Draft:
    """The rule that a sentence means, or the reason why there is none."""
    if not sentence.strip():
        return Draft(None, refusal=_("Say whom you mean, as: gold members who bought coffee in two months."))
    if len(sentence) > MAX_SENTENCE:
        return Draft(None, refusal=_("A sentence may have %d characters at most.") % MAX_SENTENCE)
    reader = _Reader(vocabulary)
    try:
        return Draft(reader.rule(folded(sentence)), tuple(dict.fromkeys(reader.unsure)))
    except NotUnderstood as error:
        return Draft(None, tuple(dict.fromkeys(reader.unsure)), str(error))


class _Reader:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.unsure: list[str] = []

    def rule(self, sentence: str) -> Node:
        tokens = lex(sentence, self.vocabulary)
        unknown = [token.text for token in tokens if token.kind is Kind.UNKNOWN]
        if unknown:
            listed = ", ".join(f"“{word}”" for word in unknown)
            raise NotUnderstood(_("These words cannot become a condition of a rule: %s.") % listed)
        for token in tokens:
            if token.kind is Kind.PERSON:
                self.unsure.append(_("“%s” was left out: the shop does not know who that is.") % token.text)
        pieces = cut(token for token in tokens if token.kind is not Kind.PERSON)
        parts = [part for piece in pieces for part in self.parts(piece)]
        if not parts:
            raise NotUnderstood(_("Nothing in this sentence can become a condition of a rule."))
        return joined(grouped(parts, self.unsure), self.unsure)

    # --- one piece ---------------------------------------------------------------------------------------
    def parts(self, piece: Piece) -> list[Part]:
        self._name_meanings(piece)
        conditions = [
            *self._values(piece),
            *self._consents(piece),
            *self._fields(piece),
            *self._joined_at(piece),
        ]
        did = self._activity(piece)
        if did is not None:
            conditions.append(Part(piece.connector, piece.text, activity=did, negated=did.negated))
        if piece.amounts or piece.periods or piece.loose_comparison:
            raise NotUnderstood(_("“%s”: it is not clear what this is about.") % piece.text)
        for index, part in enumerate(conditions):
            part.excepted = piece.excepted
            if index:  # "gold German members": all of it holds
                part.connector = Kind.BOUND
        return conditions

    def _name_meanings(self, piece: Piece) -> None:
        """Settle names that could be several things, and say so."""
        did = bool(piece.of(Kind.VERB))
        for index, token in enumerate(piece.tokens):
            if token.kind is not Kind.NAME or token.value[0] not in ("ambiguous", "guessed"):
                continue
            if token.value[0] == "guessed":
                _guessed, written, meanings = token.value
                self.unsure.append(
                    _("“%(words)s” was read as “%(name)s”.") % {"words": token.text, "name": written}
                )
            else:
                meanings = token.value[1]
            wanted = "name" if did else "value"
            chosen = next((one for one in meanings if one[0] == wanted), meanings[0])
            if len(meanings) > 1:
                others = "; ".join(str(value[-1]) for _kind, value in meanings)
                message = _("“%(words)s” could mean: %(all)s. “%(one)s” was taken.")
                self.unsure.append(message % {"words": token.text, "all": others, "one": chosen[1][-1]})
            kind = {"name": Kind.NAME, "value": Kind.VALUE, "field": Kind.FIELD}[chosen[0]]
            piece.tokens[index] = Token(kind, chosen[1], token.text, token.start)

    def _values(self, piece: Piece) -> list[Part]:
        conditions = []
        others = piece.of(Kind.VERB) or piece.of(Kind.FIELD) or piece.of(Kind.CONSENT)
        for token in piece.of(Kind.VALUE):
            name, stored = token.value
            self._known(name)
            node: Node = (
                InSegment(stored) if name == "segment"
                else Condition(name, "contains" if name == "tags" else "=", (stored,))
            )  # fmt: skip
            # in "gold members who never ordered" the word "never" is about ordering
            conditions.append(Part(piece.connector, token.text, node, negated=piece.negation and not others))
        return conditions

    def _known(self, name: str) -> None:
        if name != "segment" and name not in self.vocabulary.fields:
            message = _("The field `%s` does not exist in this shop, or you may not use it.")
            raise NotUnderstood(message % name)

    def _consents(self, piece: Piece) -> list[Part]:
        channels = piece.of(Kind.CHANNEL_OF_CONSENT)
        if not piece.of(Kind.CONSENT):
            for token in channels:
                if token.value != "email":
                    raise NotUnderstood(_("“%s”: it is not clear what this is about.") % piece.text)
                index = piece.tokens.index(token)
                piece.tokens[index] = Token(Kind.FIELD, ("email",), token.text, token.start)
            return []
        if not channels:
            raise NotUnderstood(
                _("Say by which channel they may be written to: e-mail, text message or post.")
            )
        conditions = []
        for token in channels:
            name = f"consent.marketing.{token.value}"
            self._known(name)
            node = Condition(name, "=", (True,))
            conditions.append(Part(piece.connector, piece.text, node, negated=piece.negation))
        return conditions

    # --- fields ------------------------------------------------------------------------------------------
    def _fields(self, piece: Piece) -> list[Part]:
        conditions = []
        for token in piece.of(Kind.FIELD):
            name = next((one for one in token.value if one in self.vocabulary.fields), None)
            if name is None:
                self._known(token.value[0])
                continue
            node, negated = self._field(name, piece, token)
            conditions.append(Part(piece.connector, piece.text, node, negated=negated))
        return conditions

    def _field(self, name: str, piece: Piece, token: Token) -> tuple[Node, bool]:
        kind = self.vocabulary.fields[name]
        if kind == "text":
            return Condition(name, "is unset" if piece.negation else "is set"), False
        if kind in ("integer", "decimal"):
            return self._number(name, piece), piece.negation and name != "open_alerts"
        if kind == "yearly":
            return self._yearly(name, piece), piece.negation
        if kind in ("moment", "day") and piece.periods:
            return _moment(name, piece.periods.pop(0)), piece.negation
        raise NotUnderstood(_("“%(word)s”: say how it is to be compared.") % {"word": token.text})

    def _number(self, name: str, piece: Piece) -> Node:
        if name == "open_alerts" and not piece.amounts:
            return Condition(name, "=" if piece.negation else ">", (0,))
        if not piece.amounts:
            raise NotUnderstood(_("“%s”: say how many.") % piece.text)
        amount = piece.amounts.pop(0)
        if amount.op == "between":
            assert amount.high is not None  # noqa: S101  # a range has both
            return Condition(name, "between", (amount.value, amount.high))
        if not amount.op:
            self.unsure.append(_("“%s” was read as that many or more.") % piece.text)
        return Condition(name, amount.op or ">=", (_share(name, amount),))

    def _yearly(self, name: str, piece: Piece) -> Node:
        if not piece.periods:
            raise NotUnderstood(_("“%s”: say when, as in the next 7 days.") % piece.text)
        period = piece.periods.pop(0)
        if period.kind is Kind.AGO:
            raise NotUnderstood(_("“%s”: say when, as in the next 7 days.") % piece.text)
        if period.kind is Kind.SPAN:
            self.unsure.append(_("“%s” was read as the coming days.") % piece.text)
        return Condition(name, "in last" if period.kind is Kind.PAST else "in next", (period.span,))

    def _joined_at(self, piece: Piece) -> list[Part]:
        verbs = {token.value for token in piece.of(Kind.VERB)} & {"joined", "new"}
        if not verbs:
            return []
        self._known("joined_at")
        if piece.periods:
            node = _moment("joined_at", piece.periods.pop(0))
        elif "new" in verbs:
            self.unsure.append(_("“New” was read as having joined in the last 30 days."))
            node = Condition("joined_at", ">=", (Relative(-NEW_FOR.amount, NEW_FOR.unit),))
        else:
            raise NotUnderstood(_("“%s”: say when they joined.") % piece.text)
        return [Part(piece.connector, piece.text, node, negated=piece.negation)]

    # --- what they did -------------------------------------------------------------------------------------
    def _activity(self, piece: Piece) -> Activity | None:
        verbs = [token for token in piece.of(Kind.VERB) if token.value in _ACTIVITIES]
        names = piece.of(Kind.NAME)
        if not verbs and not names and not piece.of(Kind.NOTHING):
            return None
        return activity_of(piece, verbs=verbs, names=names, unsure=self.unsure, fields=self.vocabulary.fields)


def _share(name: str, amount: Amount) -> Value:
    """70 % of a field that goes from 0 to 1 is 0.7; of one that counts it is 70."""
    if amount.unit == "percent" and name.startswith("rfm_"):
        return int(amount.value * 100)
    value = amount.value
    return int(value) if value == int(value) else value


def _moment(name: str, period: Period) -> Condition:
    """ "joined in the last month" → >= -1m; "more than two years ago" → < -2y."""
    back = Relative(-period.span.amount, period.span.unit)
    if period.kind is Kind.NEXT:
        return Condition(name, "in next", (period.span,))
    if period.kind is Kind.PAST:
        return Condition(name, "<" if period.op in (">", ">=") else ">=", (back,))
    op = _OPPOSITE.get(period.op, "<" if period.kind is Kind.AGO else ">=")
    return Condition(name, op, (back,))
