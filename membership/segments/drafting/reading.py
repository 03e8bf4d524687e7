"""Tokens to a rule. What is not understood is said, never left out: no rule comes from half a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from membership.rules.nodes import All, Condition, InSegment, Node, Not, Relative, Some, Value
from membership.segments.drafting.deeds import Deed, NotUnderstood, deed_of
from membership.segments.drafting.lexing import folded, lex
from membership.segments.drafting.pieces import Amount, Piece, Stretch, cut
from membership.segments.drafting.tokens import Draft, Kind, Token
from membership.segments.drafting.vocabulary import Vocabulary

MAX_SENTENCE = 500
NEW_FOR = Relative(30, "d")
_DEEDS = ("bought", "ordered", "spent", "viewed", "carted", "wishlisted", "clicked")
_OPPOSITE = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


@dataclass
class Part:
    """One thing said about the members, and how it joins the one before."""

    connector: Kind
    said: str
    node: Node | None = None
    deed: Deed | None = None
    negated: bool = False
    excepted: bool = False

    @property
    def plain(self) -> Condition | None:
        """A condition "this field is this value", which can join others of the field in a list."""
        node = self.node
        return node if isinstance(node, Condition) and node.op in ("=", "contains") else None


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
            raise NotUnderstood(_("These words say nothing that a rule can ask here: %s.") % listed)
        for token in tokens:
            if token.kind is Kind.PERSON:
                self.unsure.append(_("“%s” was left out: the shop does not know who that is.") % token.text)
        pieces = cut(token for token in tokens if token.kind is not Kind.PERSON)
        parts = [part for piece in pieces for part in self.parts(piece)]
        if not parts:
            raise NotUnderstood(_("This says nothing about the members that a rule could ask."))
        return _joined(_grouped(parts, self.unsure), self.unsure)

    # --- one piece ---------------------------------------------------------------------------------------
    def parts(self, piece: Piece) -> list[Part]:
        self._name_meanings(piece)
        found = [*self._values(piece), *self._consents(piece), *self._fields(piece), *self._joined_at(piece)]
        did = self._deed(piece)
        if did is not None:
            found.append(Part(piece.connector, piece.text, deed=did, negated=did.negated))
        if piece.amounts or piece.stretches or piece.loose_comparison:
            raise NotUnderstood(_("“%s”: it is not clear what this is about.") % piece.text)
        for index, part in enumerate(found):
            part.excepted = piece.excepted
            if index:  # "gold German members": all of it holds
                part.connector = Kind.BOUND
        return found

    def _name_meanings(self, piece: Piece) -> None:
        """Settle names that could be several things, and say so."""
        did = bool(piece.of(Kind.VERB))
        for index, token in enumerate(piece.tokens):
            if token.kind is not Kind.NAME or token.value[0] not in ("ambiguous", "guessed"):
                continue
            if token.value[0] == "guessed":
                _guessed, written, meanings = token.value
                self.unsure.append(
                    _("“%(said)s” was read as “%(name)s”.") % {"said": token.text, "name": written}
                )
            else:
                meanings = token.value[1]
            wanted = "name" if did else "value"
            chosen = next((one for one in meanings if one[0] == wanted), meanings[0])
            if len(meanings) > 1:
                others = "; ".join(str(value[-1]) for _kind, value in meanings)
                message = _("“%(said)s” could mean: %(all)s. “%(one)s” was taken.")
                self.unsure.append(message % {"said": token.text, "all": others, "one": chosen[1][-1]})
            kind = {"name": Kind.NAME, "value": Kind.VALUE, "field": Kind.FIELD}[chosen[0]]
            piece.tokens[index] = Token(kind, chosen[1], token.text, token.start)

    def _values(self, piece: Piece) -> list[Part]:
        found = []
        others = piece.of(Kind.VERB) or piece.of(Kind.FIELD) or piece.of(Kind.CONSENT)
        for token in piece.of(Kind.VALUE):
            name, stored = token.value
            self._known(name)
            node: Node = (
                InSegment(stored) if name == "segment"
                else Condition(name, "contains" if name == "tags" else "=", (stored,))
            )  # fmt: skip
            # in "gold members who never ordered" the word "never" is about ordering
            found.append(Part(piece.connector, token.text, node, negated=piece.negation and not others))
        return found

    def _known(self, name: str) -> None:
        if name != "segment" and name not in self.vocabulary.fields:
            raise NotUnderstood(_("This shop's rules cannot ask for `%s`, or you may not.") % name)

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
        found = []
        for token in channels:
            name = f"consent.marketing.{token.value}"
            self._known(name)
            node = Condition(name, "=", (True,))
            found.append(Part(piece.connector, piece.text, node, negated=piece.negation))
        return found

    # --- fields ------------------------------------------------------------------------------------------
    def _fields(self, piece: Piece) -> list[Part]:
        found = []
        for token in piece.of(Kind.FIELD):
            name = next((one for one in token.value if one in self.vocabulary.fields), None)
            if name is None:
                self._known(token.value[0])
                continue
            node, negated = self._field(name, piece, token)
            found.append(Part(piece.connector, piece.text, node, negated=negated))
        return found

    def _field(self, name: str, piece: Piece, token: Token) -> tuple[Node, bool]:
        kind = self.vocabulary.fields[name]
        if kind == "text":
            return Condition(name, "is unset" if piece.negation else "is set"), False
        if kind in ("integer", "decimal"):
            return self._number(name, piece), piece.negation and name != "open_alerts"
        if kind == "yearly":
            return self._yearly(name, piece), piece.negation
        if kind in ("moment", "day") and piece.stretches:
            return _moment(name, piece.stretches.pop(0)), piece.negation
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
        if not piece.stretches:
            raise NotUnderstood(_("“%s”: say when, as in the next 7 days.") % piece.text)
        stretch = piece.stretches.pop(0)
        if stretch.kind is Kind.AGO:
            raise NotUnderstood(_("“%s”: say when, as in the next 7 days.") % piece.text)
        if stretch.kind is Kind.SPAN:
            self.unsure.append(_("“%s” was read as the coming days.") % piece.text)
        return Condition(name, "in last" if stretch.kind is Kind.PAST else "in next", (stretch.span,))

    def _joined_at(self, piece: Piece) -> list[Part]:
        verbs = {token.value for token in piece.of(Kind.VERB)} & {"joined", "new"}
        if not verbs:
            return []
        self._known("joined_at")
        if piece.stretches:
            node = _moment("joined_at", piece.stretches.pop(0))
        elif "new" in verbs:
            self.unsure.append(_("“New” was read as having joined in the last 30 days."))
            node = Condition("joined_at", ">=", (Relative(-NEW_FOR.amount, NEW_FOR.unit),))
        else:
            raise NotUnderstood(_("“%s”: say when they joined.") % piece.text)
        return [Part(piece.connector, piece.text, node, negated=piece.negation)]

    # --- what they did -------------------------------------------------------------------------------------
    def _deed(self, piece: Piece) -> Deed | None:
        verbs = [token for token in piece.of(Kind.VERB) if token.value in _DEEDS]
        names = piece.of(Kind.NAME)
        if not verbs and not names and not piece.of(Kind.NOTHING):
            return None
        return deed_of(piece, verbs=verbs, names=names, unsure=self.unsure, fields=self.vocabulary.fields)


def _share(name: str, amount: Amount) -> Value:
    """70 % of a field that goes from 0 to 1 is 0.7; of one that counts it is 70."""
    if amount.unit == "percent" and name.startswith("rfm_"):
        return int(amount.value * 100)
    value = amount.value
    return int(value) if value == int(value) else value


def _moment(name: str, stretch: Stretch) -> Condition:
    """ "joined in the last month" → >= -1m; "more than two years ago" → < -2y."""
    back = Relative(-stretch.span.amount, stretch.span.unit)
    if stretch.kind is Kind.NEXT:
        return Condition(name, "in next", (stretch.span,))
    if stretch.kind is Kind.PAST:
        return Condition(name, "<" if stretch.op in (">", ">=") else ">=", (back,))
    op = _OPPOSITE.get(stretch.op, "<" if stretch.kind is Kind.AGO else ">=")
    return Condition(name, op, (back,))


# --- putting parts together ------------------------------------------------------------------------------


@dataclass
class Group:
    connector: Kind
    node: Node


def _grouped(parts: Sequence[Part], unsure: list[str]) -> list[Group]:
    """Neighbours that share a verb or a field ("tea or chocolate", "gold and platinum") as one."""
    groups: list[list[Part]] = []
    for part in parts:
        if groups and _belongs(groups[-1][-1], part):
            groups[-1].append(part)
        else:
            groups.append([part])
    found: list[Group] = []
    before: Deed | None = None
    for group in groups:
        if group[0].deed is not None:
            deeds = [part.deed for part in group if part.deed is not None]
            if deeds[0].is_elliptical and not any(not one.is_elliptical for one in deeds):
                unsure.append(_("“%s” was read as having bought it.") % group[0].said)
            _complete(deeds, before, leading=group[0].connector, unsure=unsure)
            before = deeds[-1]
            node = _deeds_node(group, deeds)
        else:
            node = _values_node(group)
        found.append(Group(group[0].connector, Not(node) if group[0].excepted else node))
    return found


def _belongs(before: Part, part: Part) -> bool:
    if part.connector is Kind.BOUND or before.excepted != part.excepted:
        return False
    if before.deed is not None and part.deed is not None:
        return part.deed.is_elliptical or before.deed.is_elliptical
    one, other = before.plain, part.plain
    if one is None or other is None or one.field != other.field or one.op != other.op:
        return False
    return (
        not part.negated
        and (one.field != "tags" or part.connector is not Kind.AND)
        and "consent" not in one.field
    )


def _values_node(group: Sequence[Part]) -> Node:
    node = group[0].node
    assert node is not None  # noqa: S101  # parts are conditions or deeds
    if len(group) > 1:
        conditions = [part.plain for part in group]
        values = tuple(dict.fromkeys(one.values[0] for one in conditions if one is not None))
        node = Condition(conditions[0].field if conditions[0] else "", "in", values)
    return Not(node) if group[0].negated else node


def _complete(deeds: Sequence[Deed], before: Deed | None, *, leading: Kind, unsure: list[str]) -> None:
    """Give every deed what the sentence says only once: verb, window, number, object."""
    spoken = next((one for one in deeds if not one.is_elliptical), None)
    for index, deed in enumerate(deeds):
        near = [*reversed(deeds[:index]), *deeds[index + 1 :]]
        if deed.is_elliptical:
            deed.take_verb(spoken)
        if not deed.never and len(deeds) > 1:
            deed.take_window(next((one for one in near if one.window), None))
            deed.take_bounds(next((one for one in near if one.bounds), None))
    if before is not None and leading is not Kind.BOUND:
        deeds[0].follow(before, unsure)


def _deeds_node(group: Sequence[Part], deeds: Sequence[Deed]) -> Node:
    nodes = [deed.node() for deed in deeds]
    if len(nodes) == 1:
        return nodes[0]
    either = any(part.connector is Kind.OR for part in group[1:])
    if deeds[0].negated and not any(deed.negated for deed in deeds[1:]):
        inner = [node.part if isinstance(node, Not) else node for node in nodes]
        return Not(Some(tuple(inner)))  # "has not bought tea or coffee": neither
    return Some(tuple(nodes)) if either else All(tuple(nodes))


def _joined(groups: Sequence[Group], unsure: list[str]) -> Node:
    """ "and" binds tighter than "or"; where a new description begins ("members who …") both end."""
    descriptions: list[list[Group]] = []
    for group in groups:
        if not descriptions or group.connector is Kind.BOUND:
            descriptions.append([group])
        else:
            descriptions[-1].append(group)
    return _all([_description(one, unsure) for one in descriptions])


def _description(groups: Sequence[Group], unsure: list[str]) -> Node:
    alternatives: list[list[Node]] = [[]]
    for index, group in enumerate(groups):
        if index and group.connector is Kind.OR:
            alternatives.append([])
        alternatives[-1].append(group.node)
    if len(alternatives) > 1 and any(len(one) > 1 for one in alternatives):
        unsure.append(_("“and” was taken to bind more tightly than “or”."))
    nodes = [_all(one) for one in alternatives]
    return nodes[0] if len(nodes) == 1 else Some(tuple(nodes))


def _all(nodes: Sequence[Node]) -> Node:
    flat: list[Node] = []
    for node in nodes:
        flat += node.parts if isinstance(node, All) else [node]
    return flat[0] if len(flat) == 1 else All(tuple(flat))
