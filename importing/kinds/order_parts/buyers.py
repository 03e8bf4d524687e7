"""Whose order it is: the member of the number, else of the e-mail; one that nobody knows is made.

A number without its leading zeros is found too, if it can be one member only. An order without any buyer
belongs to the walk-in member. A phone alone makes a member of its own, unless other buyers of the file give
it too: a till puts the phone of its shop into every order.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from importing.columns import NUMBER_LENGTH
from importing.kinds.contacts import Shared, full_name, is_nobodys, made_number, refusal
from importing.kinds.lookups import UNKNOWN, KnownMember, MemberFinder, find_members, select_in
from membership.members.lookups import WALK_IN_NUMBER
from membership.models import Member
from registry.tables.bulk import insert_rows

if TYPE_CHECKING:
    from importing.arrays import Ints
    from importing.kinds.order_parts.lines import OrderLines

COLUMNS = ("member_no", "email", "phone", "buyer_name", "first_name", "last_name", "billing_country")
CountNew = Callable[[str, Sequence[str]], int]
"""``Choices.count_new``."""


def count_all(table: str, names: Sequence[str]) -> int:
    return len(names)


class Buyer(NamedTuple):
    """What an order's lines say about its buyer."""

    number: str | None
    email: str | None
    phone: str | None = None
    name: str | None = None
    country: str | None = None

    @property
    def own_number(self) -> str:
        return self.number or self.email or self.phone or (made_number(self.name) if self.name else "")


@dataclass
class Buyers:
    """Finds the members of orders, and makes those that are not known, if asked to."""

    creates: bool
    now: datetime
    shared: Shared = frozenset()  # contacts that several people of the file give
    spelt: dict[str, str] = field(default_factory=dict)  # number in capitals -> as the file writes it
    count_new: CountNew = count_all
    seen: set[int] = field(default_factory=set)  # ids of members that were counted
    made: set[int] = field(default_factory=set)  # those of them that this import made
    details: dict[Buyer, Buyer] = field(default_factory=dict)  # of the chunk at hand
    zeros_lost: set[str] = field(default_factory=set)
    members: MemberFinder = field(default_factory=MemberFinder)

    def named_in(self, lines: OrderLines) -> tuple[list[Buyer], list[int]]:
        """(distinct buyers, the position of each run's); touches no database."""
        if not self.creates and not {"email", "phone", "buyer_name"} & set(lines.of_run):
            return self._by_number(lines)
        import numpy as np

        buyers: dict[Buyer, int] = {}
        self.details = {}
        combinations, which = _combinations(lines)
        of_combination = []
        for values in combinations:
            buyer = self._buyer(*values)
            key = buyer if not (buyer.number or buyer.email) else Buyer(buyer.number, buyer.email)
            if key not in buyers:
                buyers[key] = len(buyers)
                self.details[key] = buyer
            of_combination.append(buyers[key])
        distinct = list(buyers)
        positions: list[int] = np.array(of_combination, dtype=np.int64)[which].tolist()
        return distinct, positions

    def _buyer(
        self,
        number: str | None,
        email: str | None,
        phone: str | None,
        name: str | None,
        first: str | None,
        last: str | None,
        country: str | None,
    ) -> Buyer:
        """What an order's columns say, without contacts that identify nobody."""
        if email and is_nobodys("email", email):
            email = None
        if phone and refusal("phone", phone, shared=self.shared):
            phone = None
        if number and "@" in number and not email:
            email = None if is_nobodys("email", number.lower()) else number.lower()
            number = None if email is None or self.creates else number
        elif number and "@" in number and number.lower() == email:
            number = None
        return Buyer(
            number, email, phone if not (number or email) else None,
            (name or full_name(first, last)) if self.creates else None, country if self.creates else None,
        )  # fmt: skip

    @staticmethod
    def _by_number(lines: OrderLines) -> tuple[list[Buyer], list[int]]:
        """The same where the file has a number only: once a distinct number."""
        import numpy as np

        codes = lines.of_run.get("member_no", np.full(len(lines.starts), -1))
        values = [*(lines.clean["member_no"].values if "member_no" in lines.clean else []), None]
        buyers = [Buyer(value, None) for value in values]
        positions = np.where(codes < 0, len(values) - 1, codes).tolist()
        return buyers, positions

    def find(self, buyers: Sequence[Buyer]) -> list[KnownMember]:
        """The member of each; ``problem`` says who is not known."""
        numbers = {buyer.number.upper() for buyer in buyers if buyer.number}
        numbers |= {buyer.email.upper() for buyer in buyers if buyer.email}
        numbers |= {
            buyer.own_number.upper()
            for buyer in buyers
            if not buyer.number and not buyer.email and buyer.own_number
        }
        names = sorted(numbers)
        known = dict(zip(names, self.members.find(names), strict=True))
        unknown = [name for name in names if known[name].problem == "unknown_member" and name.isdecimal()]
        completed = without_zeros(unknown)
        self.zeros_lost |= set(completed)
        known |= completed
        answers = []
        for buyer in buyers:
            candidates = [name.upper() for name in (buyer.number, buyer.email) if name]
            candidates = candidates or ([buyer.own_number.upper()] if buyer.own_number else [])
            members = [known[name] for name in candidates]
            answers.append(next((one for one in members if one.problem != "unknown_member"), UNKNOWN))
        return answers

    def make(self, buyers: Sequence[Buyer]) -> tuple[dict[Buyer, KnownMember], int]:
        """Members for these; the walk-in member for those that say nothing. (buyer -> member, how many are
        new).
        """
        rows: dict[str, tuple[object, ...]] = {}
        number_of: dict[Buyer, str] = {}
        there: set[str] = set()
        taken = self._taken_emails([buyer.email for buyer in buyers if buyer.email])
        for buyer in buyers:
            about = self.details.get(buyer, buyer)
            own = buyer.own_number
            number = self.spelt.get(own.upper(), own)[:NUMBER_LENGTH] or WALK_IN_NUMBER
            number_of[buyer] = number
            status = Member.Status.FROZEN if number == WALK_IN_NUMBER else Member.Status.ACTIVE
            email = buyer.email if buyer.email and buyer.email not in taken else None
            if number.upper() in there:
                continue
            there.add(number.upper())
            taken |= {email} if email else set()
            rows[number] = (
                uuid.uuid4(), number, about.name or "", email, about.country or "", "", None, "basic",
                status.value, self.now, self.now,
            )  # fmt: skip
        # the walk-in member, and numbers that were cut to their length
        existing = {name for (name,) in select_in(Member, ("member_no",), where="member_no", values=rows)}
        fresh = [row for number, row in rows.items() if number not in existing]
        insert_rows(
            model=Member,
            columns=(
                "public_id", "member_no", "name", "email", "country", "language", "joined_at", "tier",
                "status",
                "created_at", "updated_at",
            ),
            rows=fresh,
        )  # fmt: skip
        numbers = set(number_of.values())
        by_number = dict(select_in(Member, ("member_no", "id"), where="member_no", values=numbers))
        others = sorted({number.upper() for number in numbers if number not in by_number})
        known = dict(zip(others, find_members(others), strict=True))
        self.made |= {by_number[str(row[1])] for row in fresh}
        self.seen |= self.made
        made = {
            buyer: KnownMember(id=by_number[number], named_id=by_number[number])
            if number in by_number
            else known[number.upper()]
            for buyer, number in number_of.items()
        }
        return made, self.count_new("members", [str(row[1]).upper() for row in fresh])

    @staticmethod
    def _taken_emails(emails: Sequence[str]) -> set[str | None]:
        return {email for (email,) in select_in(Member, ("email",), where="email", values=set(emails))}


def _combinations(lines: OrderLines) -> tuple[list[tuple[Any, ...]], Ints]:
    """(different values of the buyers' columns, in the order of the file; which of them each run has)."""
    import numpy as np
    import pandas as pd

    n = len(lines.starts)
    which = np.zeros(n, dtype=np.int64)
    for name in COLUMNS:
        if name in lines.of_run:
            codes = np.maximum(lines.of_run[name].astype(np.int64), -1) + 1
            which = pd.factorize(which * (len(lines.clean[name].values) + 1) + codes)[0]
    first = np.flatnonzero(np.diff(np.maximum.accumulate(np.r_[-1, which])))
    columns = [
        [lines.values_of(name, run) for run in first.tolist()]
        if name in lines.of_run
        else [None] * len(first)
        for name in COLUMNS
    ]
    return list(zip(*columns, strict=True)), which


def walk_in_id() -> int:
    """The id of the walk-in member; 0 where there is none yet."""
    return Member.objects.filter(member_no=WALK_IN_NUMBER).values_list("id", flat=True).first() or 0


def without_zeros(numbers: Sequence[str]) -> dict[str, KnownMember]:
    """Numbers -> members whose number is the same but for leading zeros, where it is one member only."""
    if not numbers:
        return {}
    wanted = {number.lstrip("0") for number in numbers}
    by_plain: dict[str, list[str]] = {}
    with_zeros = Member.objects.filter(member_no__startswith="0").values_list("member_no", flat=True)
    for number in with_zeros.iterator(10_000):
        if number.isdecimal() and (plain := number.lstrip("0")) in wanted:
            by_plain.setdefault(plain, []).append(number)
    pairs = {
        number: by_plain[plain][0]
        for number in numbers
        if len(by_plain.get(plain := number.lstrip("0"), ())) == 1
    }
    return dict(zip(pairs, find_members(list(pairs.values())), strict=True))


def remember_spelling(clean: Callable[[object], object], spelt: dict[str, str]) -> Callable[[object], object]:
    """``clean`` puts numbers in capitals; how the file writes each is noted in ``spelt``."""

    def cleaned(value: object) -> object:
        from membership.cleaning.conventions import key_cell
        from membership.cleaning.values import plain

        result = clean(value)
        if isinstance(result, str):
            spelt.setdefault(result, plain(key_cell(value) if isinstance(value, str) else value))
        return result

    return cleaned
