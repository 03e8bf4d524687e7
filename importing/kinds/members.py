"""Member rows into the database: one person is one member, whatever number, e-mail or phone says so.

The rules, in order, for a row with a member number, an e-mail and a phone:
1. the number is known: that member is updated with what the row gives; empty fields keep what is stored;
2. the e-mail is that of a member, or the phone is that of a member of the same name: the row is a duplicate
of that member, none is made;
3. else a member is made.
A contact that several people share, or that stands for "none", identifies nobody: the member is made
without it.
Numbers are compared without regard to capitals. Erased members are never touched. A merged member's number
and the contacts that it gave up mean the member it was merged into, of whom its rows change nothing but
consents that they withdraw.
docs/explanation/who-is-who.md explains it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from importing.files.frames import (
    Cleaner,
    Note,
    Outcome,
    RowProblems,
    check_columns,
)
from importing.files.reading import Chunk
from importing.kinds.lookups import current_tags, slices
from importing.kinds.member_rows import MemberRow, member_rows
from importing.kinds.people import KEPT, STORED, People, Person, stored_people
from importing.kinds.statements import save_consents, save_points
from importing.registry import Choices, Field
from importing.traces import highest_id, note_changed, note_made
from membership.members.figures import mark_dirty
from membership.models import Member, Tag
from registry.tables.bulk import insert_rows, upsert_rows


@dataclass
class _Details:
    """What a row has beyond a member's own columns."""

    tags: set[str]
    status: str | None
    points: int | None
    consents: dict[str, bool]

    def changes(self, person: Person) -> bool:
        return not self.tags <= person.tags or self.status not in (None, person.status)

    def put_on(self, person: Person) -> None:
        person.tags |= self.tags
        person.status = self.status or person.status
        person.consents |= self.consents
        person.points = person.points if self.points is None else self.points


def _may_be_one(name: str | None, other: str | None) -> bool:
    """Whether two people with one phone may be the same: one name, or one of them has none."""
    return not name or not other or name.casefold() == other.casefold()


class MemberImporter:
    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str], choices: Choices) -> None:
        self.fields, self.choices, self.now = fields, choices, choices.now
        self._cleaner = Cleaner(fields=fields, columns=columns)

    def forget(self) -> None:
        """Nothing is kept from one chunk to the next."""

    def prepare(self, chunk: Chunk) -> tuple[list[MemberRow], RowProblems, Outcome]:
        import numpy as np

        outcome = Outcome()
        clean = self._cleaner.clean(chunk.table)
        makes_numbers = self.choices.unknown == "create" or "member_no" not in clean
        fields = [replace(spec, required=False) for spec in self.fields] if makes_numbers else self.fields
        problems = check_columns(clean, fields=fields, n_rows=chunk.n_rows, outcome=outcome)
        shared = self.choices.facts.get("shared_contacts", frozenset())
        rows = member_rows(clean, outcome=outcome, shared=shared, makes_numbers=makes_numbers)
        if makes_numbers:
            nobody = np.array([row["member_no"] is None for row in rows], dtype=bool)
            problems.add(nobody, name="member_no", code="missing")
        return rows, problems, outcome

    def write(self, prepared: tuple[list[MemberRow], RowProblems, Outcome]) -> Outcome:
        rows, problems, outcome = prepared
        people = stored_people(
            [row for row, bad in zip(rows, problems.of_row.tolist(), strict=True) if not bad]
        )
        renamed = current_tags({tag for row in rows for tag in row.get("tags") or ()})
        for position, row in enumerate(rows):
            if renamed and row.get("tags"):
                row["tags"] = tuple(renamed.get(tag, tag) for tag in row["tags"] or ())
            if problems.of_row[position]:
                outcome.rejected.append(problems.note(position))
            else:
                self._take(position, row, people=people, outcome=outcome)
        self._save(people)
        return outcome

    def _take(self, position: int, row: MemberRow, *, people: People, outcome: Outcome) -> None:
        given = {name: value for name, value in row.items() if value is not None}
        number, tags = given.pop("member_no"), set(given.pop("tags", ()))
        details = _Details(
            tags=tags,
            status=given.pop("status", None),
            points=given.pop("points", None),
            consents={
                channel: given.pop(f"{channel}_consent")
                for channel in ("email", "sms")
                if f"{channel}_consent" in given
            },
        )
        person = people.by_number.get(number.upper())
        if person is not None and person.is_merged:
            self._same_person(position, "member_no", people.stands_for(person), details, outcome)
            return
        if person is not None:
            self._take_known(position, person, given, details, people=people, outcome=outcome)
            return
        for name in ("email", "phone"):
            holder = people.holder(given, name)
            if holder is None:
                continue
            owner = people.stands_for(holder)
            names = {one.values.get("name") for one in (holder, owner)}
            if name == "email" or any(_may_be_one(given.get("name"), one) for one in names):
                self._same_person(position, name, owner, None, outcome)
                return
            self._leave_out(position, given, name, "shared_contact", owner, outcome)
        if people.seems_known(given.get("email")):
            outcome.tallies["members.unsure"] += 1
            outcome.flagged["possible_duplicate"] += 1
            outcome.remarks.append(Note(position, "email", "possible_duplicate"))
        outcome.imputed["tier"] += "tier" not in given
        values = {"tier": "basic", **given}
        added = Person(member_no=number, values=values, is_changed=True)
        details.put_on(added)
        people.add(added)
        is_new = self.choices.count_new("members", [number.upper()])
        outcome.created += is_new
        outcome.duplicate += 1 - is_new

    def _take_known(
        self,
        position: int,
        person: Person,
        given: MemberRow,
        details: _Details,
        *,
        people: People,
        outcome: Outcome,
    ) -> None:
        """A row with the number of a member. A contact that was given up in a merge stays given up."""
        if person.status == Member.Status.ERASED:
            outcome.rejected.append(Note(position, "member_no", "erased_member"))
            return
        for name in ("email", "phone"):
            holder = people.holder(given, name)
            if holder is None or holder is person:
                continue
            owner = people.stands_for(holder)
            if owner is person:
                del given[name]
            else:
                self._leave_out(position, given, name, "belongs_to_other", owner, outcome)
        self._update(person, given, details, people=people, outcome=outcome)

    @staticmethod
    def _same_person(
        position: int, name: str, owner: Person, details: _Details | None, outcome: Outcome
    ) -> None:
        """The row is about a member who is stored under another number: nothing of it is written.

        But for one thing: what it withdraws is withdrawn, if its number was that of a merged member.
        """
        if owner.status == Member.Status.ERASED:
            outcome.rejected.append(Note(position, name, "erased_member"))
            return
        outcome.duplicate += 1
        outcome.flagged["same_person"] += 1
        outcome.remarks.append(Note(position, name, "same_person", detail=owner.member_no))
        if details is not None:
            owner.consents |= {channel: False for channel, granted in details.consents.items() if not granted}

    @staticmethod
    def _leave_out(
        position: int, given: MemberRow, name: str, code: str, owner: Person, outcome: Outcome
    ) -> None:
        del given[name]
        outcome.flagged[code] += 1
        outcome.remarks.append(Note(position, name, code, detail=owner.member_no))

    @staticmethod
    def _update(
        person: Person, given: MemberRow, details: _Details, *, people: People, outcome: Outcome
    ) -> None:
        same = all(person.values.get(name) == value for name, value in given.items())
        if details.changes(person):
            same = False
        details.put_on(person)
        if same:
            outcome.duplicate += 1
            return
        people.update(person, given)
        person.is_changed = True
        outcome.updated += 1

    def _save(self, people: People) -> None:
        changed = [person for person in people.all if person.is_changed]
        if changed:
            self._save_changed(changed)
        ids = {person.member_no: person.id for person in people.all if person.id}
        fresh = [person.member_no for person in people.all if person.member_no not in ids]
        for some in slices(fresh):
            ids |= dict(Member.objects.filter(member_no__in=some).values_list("member_no", "id"))
        stated = {
            ids[person.member_no]: person
            for person in people.all
            if person.consents or person.points is not None
        }
        save_consents({pk: person.consents for pk, person in stated.items() if person.consents}, now=self.now)
        save_points(
            {pk: person.points for pk, person in stated.items() if person.points is not None}, now=self.now
        )

    def _save_changed(self, changed: Sequence[Person]) -> None:
        blank = {
            "name": "", "country": "", "language": "", "email": None, "phone": None, "birth_date": None,
            "joined_at": None,
        }  # fmt: skip
        self._free_contacts(changed)
        upsert_rows(
            model=Member,
            columns=("public_id", "member_no", "status", *STORED, "created_at", "updated_at"),
            rows=[
                (
                    uuid.uuid4(), person.member_no, person.status,
                    *((blank | person.values)[name] for name in STORED), self.now, self.now,
                )
                for person in changed
            ],
            conflict=("member_no",),
            update=("status", *STORED, "updated_at"),
        )  # fmt: skip
        ids: dict[str, int] = {}
        for some in slices(person.member_no for person in changed):
            ids |= dict(Member.objects.filter(member_no__in=some).values_list("member_no", "id"))
        _save_tags({ids[person.member_no]: person.tags for person in changed if person.tags})
        note_changed(
            Member._meta.label, {person.id: self._changes(person) for person in changed if person.id}
        )
        mark_dirty(member_ids=ids.values(), at=self.now)

    def _changes(self, person: Person) -> dict[str, tuple[object, object]]:
        """Field -> (before, after), of those that the import changes."""
        after = {**person.values, "status": person.status, "updated_at": self.now}
        return {
            name: (person.before[name], after[name]) for name in KEPT if person.before[name] != after[name]
        }

    @staticmethod
    def _free_contacts(changed: Sequence[Person]) -> None:
        """Clear contacts of members that change, so that two of them may exchange an address."""
        for some in slices(person.id for person in changed if person.id):
            Member.objects.filter(id__in=some).update(email=None, phone=None)


def _save_tags(tags: Mapping[int, set[str]]) -> None:
    """Each member has at least these tags; an import takes none away."""
    names = sorted({name for some in tags.values() for name in some})
    if not names:
        return
    known = _tag_ids(names)
    insert_rows(model=Tag, columns=("name",), rows=[(name,) for name in names], ignore_conflicts=True)
    ids = _tag_ids(names)
    note_changed(Tag._meta.label, {ids[name]: {"name": (None, name)} for name in ids if name not in known})
    links = Member.tags.through.objects
    mark = highest_id(Member.tags.through)
    insert_rows(
        model=Member.tags.through,
        columns=("member_id", "tag_id"),
        rows=[(member_id, ids[name]) for member_id, some in tags.items() for name in sorted(some)],
        ignore_conflicts=True,
    )
    made = links.filter(pk__gt=mark).values_list("pk", "member_id")
    note_made(Member.tags.through._meta.label, [pk for pk, member_id in made if member_id in tags])


def _tag_ids(names: Sequence[str]) -> dict[str, int]:
    return {
        name: pk
        for some in slices(names)
        for name, pk in Tag.objects.filter(name__in=some).values_list("name", "id")
    }
