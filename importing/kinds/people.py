"""The members that rows of a file may mean, found by number, e-mail and phone.

A merged member stands for the one it was merged into, and so do its number and the contacts that it gave up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models.functions import Upper

from importing.kinds.lookups import slices
from importing.kinds.member_rows import MemberRow
from membership.cleaning.contacts import same_mailbox
from membership.models import Member
from membership.models.members import MERGES_FOLLOWED

STORED = ("name", "email", "phone", "birth_date", "country", "language", "joined_at", "tier")
KEPT = ("status", *STORED, "updated_at")
COLUMNS = ("id", "member_no", "merged_into_id", *KEPT)


@dataclass
class Person:
    """One member while a chunk is worked on; ``id`` 0 is new."""

    member_no: str
    id: int = 0
    status: str = Member.Status.ACTIVE
    values: MemberRow = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    consents: dict[str, bool] = field(default_factory=dict)  # channel -> granted
    points: int | None = None
    is_changed: bool = False
    before: MemberRow = field(default_factory=dict)  # of a stored member

    @property
    def is_merged(self) -> bool:
        return self.status == Member.Status.MERGED


class People:
    """The members that a chunk may mean, found by number, e-mail and phone."""

    def __init__(self) -> None:
        self.by_number: dict[str, Person] = {}
        self.by_contact: dict[tuple[str, str], Person] = {}
        self.all: list[Person] = []
        self._by_id: dict[int, Person] = {}
        self._mailboxes: set[str] = set()

    def add(self, person: Person) -> None:
        self.all.append(person)
        if person.id:
            self._by_id[person.id] = person
        self.by_number[person.member_no.upper()] = person
        for name in ("email", "phone"):
            if person.values.get(name):
                self.by_contact[name, person.values[name]] = person
        if person.values.get("email"):
            self._mailboxes.add(same_mailbox(person.values["email"]))

    def seems_known(self, email: str | None) -> bool:
        """Whether an address reaches a mailbox that another spelling of it reaches too."""
        return email is not None and same_mailbox(email) in self._mailboxes

    def holder(self, given: MemberRow, name: str) -> Person | None:
        """Whose row has the contact that is given; a merged member's has what it gave up."""
        return self.by_contact.get((name, given[name])) if given.get(name) else None

    def stands_for(self, person: Person) -> Person:
        """The member that this one was merged into, and so on; itself where it was not."""
        for _step in range(MERGES_FOLLOWED):
            if not person.is_merged:
                break
            person = self._by_id[person.before["merged_into_id"]]
        return person

    def merged_into(self) -> set[int]:
        """Ids of members that others were merged into and that are not here yet."""
        return {
            person.before["merged_into_id"] for person in self.all if person.is_merged
        } - self._by_id.keys()

    def update(self, person: Person, given: MemberRow) -> None:
        for name in ("email", "phone"):
            if given.get(name) and given[name] != person.values.get(name):
                self.by_contact.pop((name, person.values.get(name) or ""), None)
                self._mailboxes.discard(same_mailbox(person.values.get(name) or ""))
                self.by_contact[name, given[name]] = person
        person.values |= given


def stored_people(rows: Sequence[MemberRow]) -> People:
    """All members whose number, e-mail or phone the rows name, and those that such were merged into."""
    people = People()
    numbers = {row["member_no"] for row in rows}
    capitals = {number.upper() for number in numbers}
    _add(people, "member_no__in", numbers)
    _add(people, "number_in_capitals__in", capitals)
    _add(people, "email__in", {row["email"] for row in rows if row.get("email")})
    _add(people, "phone__in", {row["phone"] for row in rows if row.get("phone")})
    for _step in range(MERGES_FOLLOWED):
        if not (further := people.merged_into()):
            break
        _add(people, "pk__in", further)
    by_id = {person.id: person for person in people.all}
    for some in slices(by_id):
        for member_id, tag in Member.tags.through.objects.filter(member_id__in=some).values_list(
            "member_id", "tag__name"
        ):
            by_id[member_id].tags.add(tag)
    return people


def _add(people: People, look_up: str, keys: Iterable[str | int]) -> None:
    members = Member.objects.annotate(number_in_capitals=Upper("member_no"))
    seen = {person.id for person in people.all}
    for some in slices(keys):
        for member in members.filter(**{look_up: some}).values(*COLUMNS):
            if member["id"] not in seen:
                seen.add(member["id"])
                values = {name: member[name] for name in STORED}
                people.add(Person(member["member_no"], member["id"], member["status"], values, before=member))
