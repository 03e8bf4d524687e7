"""Member rows into the database: one person is one member, whatever number, e-mail or phone says so.

The rules, in order, for a row with a member number, an e-mail and a phone:
1. the number is known: that member is updated with what the row gives; empty fields keep what is stored;
2. the e-mail or the phone is that of another member: the row is a duplicate of that member, none is made;
3. else a member is made.
Numbers are compared without regard to capitals. Erased and merged members are never touched.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models.functions import Upper

from membership.importing.files.frames import (
    CleanColumn,
    Cleaner,
    Note,
    Outcome,
    RowProblems,
    check_columns,
)
from membership.importing.files.reading import Chunk
from membership.importing.kinds.lookups import slices
from membership.importing.registry import Field
from membership.members.figures import mark_dirty
from membership.models import Member, Tag
from registry.bulk import insert_rows, upsert_rows

STORED = ("name", "email", "phone", "birth_date", "country", "language", "joined_at", "tier")
COLUMNS = ("id", "member_no", "status", *STORED)


@dataclass
class _Person:
    """One member while a chunk is worked on; ``id`` 0 is new."""

    member_no: str
    id: int = 0
    status: str = Member.Status.ACTIVE
    values: dict[str, Any] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    is_changed: bool = False


class _People:
    """The members that a chunk may mean, found by number, e-mail and phone."""

    def __init__(self) -> None:
        self.by_number: dict[str, _Person] = {}
        self.by_contact: dict[tuple[str, str], _Person] = {}
        self.all: list[_Person] = []

    def add(self, person: _Person) -> None:
        self.all.append(person)
        self.by_number[person.member_no.upper()] = person
        for name in ("email", "phone"):
            if person.values.get(name):
                self.by_contact[name, person.values[name]] = person

    def owner(self, given: Mapping[str, Any], name: str) -> _Person | None:
        return self.by_contact.get((name, given[name])) if given.get(name) else None

    def update(self, person: _Person, given: Mapping[str, Any]) -> None:
        for name in ("email", "phone"):
            if given.get(name) and given[name] != person.values.get(name):
                self.by_contact.pop((name, person.values.get(name) or ""), None)
                self.by_contact[name, given[name]] = person
        person.values |= given


class MemberImporter:
    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str], now: datetime) -> None:
        self.fields, self.now = fields, now
        self._cleaner = Cleaner(fields=fields, columns=columns)

    def chunks(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        return chunks

    def forget(self) -> None:
        """Each chunk reads afresh."""

    def prepare(self, chunk: Chunk) -> tuple[list[dict[str, Any]], RowProblems, Outcome]:
        outcome = Outcome()
        clean = self._cleaner.clean(chunk.table)
        problems = check_columns(clean, fields=self.fields, n_rows=chunk.n_rows, outcome=outcome)
        return _rows(clean, outcome=outcome), problems, outcome

    def write(self, prepared: tuple[list[dict[str, Any]], RowProblems, Outcome]) -> Outcome:
        rows, problems, outcome = prepared
        people = _stored([row for row, bad in zip(rows, problems.of_row.tolist(), strict=True) if not bad])
        for position, row in enumerate(rows):
            if problems.of_row[position]:
                outcome.rejected.append(problems.note(position))
            else:
                self._take(position, row, people=people, outcome=outcome)
        self._save(people)
        return outcome

    def _take(self, position: int, row: dict[str, Any], *, people: _People, outcome: Outcome) -> None:
        given = {name: value for name, value in row.items() if value is not None}
        number, tags = given.pop("member_no"), set(given.pop("tags", ()))
        person = people.by_number.get(number.upper())
        owners = {name: people.owner(given, name) for name in ("email", "phone")}
        other = {name: owner for name, owner in owners.items() if owner and owner is not person}
        if person is not None:
            refusal = {"erased": "erased_member", "merged": "merged_member"}.get(person.status)
            if refusal or other:
                name = "member_no" if refusal else next(iter(other))
                outcome.rejected.append(Note(position, name, refusal or "belongs_to_other"))
                return
            self._update(person, given, tags, people=people, outcome=outcome)
        elif other:
            name, owner = next(iter(other.items()))
            outcome.duplicate += 1
            outcome.flagged["same_person"] += 1
            outcome.remarks.append(Note(position, name, "same_person", detail=owner.member_no))
        else:
            for name in ("joined_at", "tier"):
                outcome.imputed[name] += name not in given
            values = {"joined_at": self.now, "tier": "basic", **given}
            people.add(_Person(member_no=number, values=values, tags=tags, is_changed=True))
            outcome.created += 1

    @staticmethod
    def _update(
        person: _Person, given: Mapping[str, Any], tags: set[str], *, people: _People, outcome: Outcome
    ) -> None:
        if tags <= person.tags and all(person.values.get(name) == value for name, value in given.items()):
            outcome.duplicate += 1
            return
        people.update(person, given)
        person.tags |= tags
        person.is_changed = True
        outcome.updated += 1

    def _save(self, people: _People) -> None:
        changed = [person for person in people.all if person.is_changed]
        if not changed:
            return
        blank = {"name": "", "country": "", "language": "", "email": None, "phone": None, "birth_date": None}
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
            update=(*STORED, "updated_at"),
        )  # fmt: skip
        ids: dict[str, int] = {}
        for some in slices(person.member_no for person in changed):
            ids |= dict(Member.objects.filter(member_no__in=some).values_list("member_no", "id"))
        _save_tags({ids[person.member_no]: person.tags for person in changed if person.tags})
        mark_dirty(member_ids=ids.values(), at=self.now)

    @staticmethod
    def _free_contacts(changed: Sequence[_Person]) -> None:
        """Clear contacts of members that change, so that two of them may exchange an address."""
        for some in slices(person.id for person in changed if person.id):
            Member.objects.filter(id__in=some).update(email=None, phone=None)


def _rows(clean: Mapping[str, CleanColumn], *, outcome: Outcome) -> list[dict[str, Any]]:
    """Rows as dicts; phones are read with their member's country, and a country may come from the phone."""
    from membership.cleaning.values import Unclean, clean_phone, country_of_phone

    columns = {name: column.objects() for name, column in clean.items()}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    for position, row in enumerate(rows):
        if row.get("phone"):
            try:
                row["phone"] = clean_phone(row["phone"], region=row.get("country") or settings.SHOP_COUNTRY)
            except Unclean as error:
                row["phone"] = None
                outcome.flagged["phone_left_empty"] += 1
                outcome.remarks.append(Note(position, "phone", error.code))
        if row.get("phone") and not row.get("country") and (country := country_of_phone(row["phone"])):
            row["country"] = country
            outcome.imputed["country"] += 1
    return rows


def _stored(rows: Sequence[Mapping[str, Any]]) -> _People:
    """All members whose number, e-mail or phone the rows name."""
    people = _People()
    seen: set[int] = set()
    numbers = {row["member_no"] for row in rows}
    capitals = {number.upper() for number in numbers}
    members = Member.objects.annotate(number_in_capitals=Upper("member_no"))
    wanted = (
        ("member_no__in", numbers),
        ("number_in_capitals__in", capitals),
        ("email__in", {row["email"] for row in rows if row.get("email")}),
        ("phone__in", {row["phone"] for row in rows if row.get("phone")}),
    )
    for look_up, keys in wanted:
        for some in slices(keys):
            for member in members.filter(**{look_up: some}).values(*COLUMNS):
                if member["id"] not in seen:
                    seen.add(member["id"])
                    values = {name: member[name] for name in STORED}
                    people.add(_Person(member["member_no"], member["id"], member["status"], values))
    by_id = {person.id: person for person in people.all}
    for some in slices(by_id):
        for member_id, tag in Member.tags.through.objects.filter(member_id__in=some).values_list(
            "member_id", "tag__name"
        ):
            by_id[member_id].tags.add(tag)
    return people


def _save_tags(tags: Mapping[int, set[str]]) -> None:
    """Each member has at least these tags; an import takes none away."""
    names = sorted({name for some in tags.values() for name in some})
    if not names:
        return
    insert_rows(model=Tag, columns=("name",), rows=[(name,) for name in names], ignore_conflicts=True)
    ids = {
        name: pk
        for some in slices(names)
        for name, pk in Tag.objects.filter(name__in=some).values_list("name", "id")
    }
    insert_rows(
        model=Member.tags.through,
        columns=("member_id", "tag_id"),
        rows=[(member_id, ids[name]) for member_id, some in tags.items() for name in sorted(some)],
        ignore_conflicts=True,
    )
