"""Customers of a connected shop as members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_noop as _

from connectors.applying.known import Context, is_older, locked, note
from connectors.applying.results import Result, State, of_row
from connectors.models import SourceObject
from connectors.objects import Record, TheirCustomer
from connectors.words import phrase
from importing.files.frames import Outcome
from importing.records import import_records
from membership.models import Consent, Member

OWN_SOURCES = ("import",)
"""Consents with these sources are what files and shops said, not what members or staff said here."""
MERGES_FOLLOWED = 10


def apply_customer(customer: TheirCustomer, context: Context) -> Result:
    """Make or update the member. Call in a transaction."""
    return apply_customers([customer], context)[0]


def apply_customers(customers: Sequence[TheirCustomer], context: Context) -> list[Result]:
    """The same for several at once, which costs hardly more than one."""
    results: list[Result | None] = [None] * len(customers)
    taken: list[tuple[int, SourceObject, Record]] = []
    for at, customer in enumerate(customers):
        row = locked(context, SourceObject.Kind.CUSTOMER, customer.source_id)
        if is_older(row, changed_at=customer.changed_at, context=context):
            results[at] = Result.older()
            continue
        member = member_of(row) or _same_person(customer)
        if member is not None and member.status == Member.Status.ERASED:
            results[at] = Result.refused_for("erased_member")
            continue
        record = {**customer.record, customer.number_heading: member.member_no if member else customer.number}
        _leave_out_consents(record, customer, member)
        taken.append((at, row, record))
    if taken:
        outcome = import_records(
            kind="members", records=[record for _at, _row, record in taken], preset=context.preset,
            now=context.now, source=context.connection.system, reason=context.reason,
        )  # fmt: skip
        for position, (at, row, record) in enumerate(taken):
            results[at] = _noted(customers[at], row, record, outcome, position, context)
    return [result for result in results if result is not None]


def _noted(
    customer: TheirCustomer,
    row: SourceObject,
    record: Record,
    outcome: Outcome,
    position: int,
    context: Context,
) -> Result:
    """What became of one record, and which member it is now."""
    result = of_row(outcome, position)
    if result.is_refused:
        return result
    same = [one.detail for one in outcome.remarks if one.row == position and one.code == "same_person"]
    number = same[0] if same else record[customer.number_heading]
    member = _who_stands_for(by_number(number) or by_email(customer.email))
    if member is not None:
        _give_number(member, customer.number)
    note(row, changed_at=customer.changed_at, context=context, local_id=member.pk if member else None)
    return result


def member_of(row: SourceObject | None) -> Member | None:
    """Who stands for this customer, after merges."""
    if row is None or row.local_id is None:
        return None
    member = Member.objects.filter(pk=row.local_id).first()
    for _step in range(MERGES_FOLLOWED):
        if member is None or member.merged_into is None:
            break
        member = member.merged_into
    return member


def by_number(number: str) -> Member | None:
    spellings = [number, number.upper(), number.lower()]
    return Member.objects.filter(member_no__in=spellings).first() if number else None


def by_email(email: str) -> Member | None:
    return Member.objects.filter(email=email).first() if email else None


def _who_stands_for(member: Member | None) -> Member | None:
    """The member to whom one that was merged belongs now."""
    return member_of(SourceObject(local_id=member.pk)) if member is not None else None


def _same_person(customer: TheirCustomer) -> Member | None:
    """By number or e-mail, as in files; a merged member stands for its target."""
    return _who_stands_for(by_number(customer.number) or by_email(customer.email))


def _give_number(member: Member, number: str) -> None:
    """A member that only an order's e-mail had made takes the number that the shop gives."""
    made_by_email = member.email is not None and member.member_no.lower() == member.email
    if made_by_email and number and "@" not in number and by_number(number) is None:
        Member.objects.filter(pk=member.pk).update(member_no=number[:120])


def _leave_out_consents(record: Record, customer: TheirCustomer, member: Member | None) -> None:
    """What a member said here later than the shop heard it counts: that column says nothing then."""
    if member is None:
        return
    for heading, channel in customer.consent_headings.items():
        said_here = _said_here(member, channel)
        if said_here is not None and (customer.consent_at is None or customer.consent_at < said_here):
            record[heading] = ""


def _said_here(member: Member, channel: str) -> datetime | None:
    entries = Consent.objects.filter(member=member, channel=channel, purpose=Consent.Purpose.MARKETING)
    newest = entries.exclude(source__in=OWN_SOURCES).order_by("-occurred_at").first()
    return newest.occurred_at if newest else None


def delete_customer(row: SourceObject, context: Context) -> Result:
    """The account there is gone: no more mail from here; whether to erase the member is for staff to say."""
    member = member_of(row)
    if member is None or member.status == Member.Status.ERASED:
        return Result.ignored(_("nobody here was this customer"))
    for channel in (Consent.Channel.EMAIL, Consent.Channel.SMS):
        entries = Consent.objects.filter(member=member, channel=channel, purpose=Consent.Purpose.MARKETING)
        newest = entries.order_by("-occurred_at", "-id").first()
        if newest is not None and newest.granted:
            Consent.objects.create(
                member=member, channel=channel, purpose=Consent.Purpose.MARKETING, granted=False,
                source=context.connection.system, occurred_at=context.now,
            )  # fmt: skip
    text = _("The shop deleted customer %(number)s. The member stays, without consent to marketing.")
    return Result(State.STAFF, phrase(text, number=member.member_no))
