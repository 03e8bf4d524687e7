"""Events over REST: one, or up to a thousand at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.access.idempotency import idempotent
from membership.access.permissions import own_member
from membership.errors import FieldError
from membership.models import Member
from membership.orders.api.event_serializers import MAX_EVENTS, EventInput, EventResults
from membership.orders.events import EventOutcome, record_events


class EventsView(APIView):
    required_scopes = {"POST": "events:write"}
    required_permissions = {"POST": "membership.add_event"}
    member_methods = frozenset({"POST"})

    @extend_schema(
        operation_id="events_add",
        request=EventInput,  # or a list: config.api.schema adds it
        responses={200: EventResults, 201: EventResults},
        tags=["events"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Store one event, or a list of up to 1,000; a result for each. A wrong one does not stop the others.

        201 when at least one was created, 200 when all were known already or wrong; one single event that is
        wrong is 400.
        """
        batch = request.data if isinstance(request.data, list) else [request.data]
        if not 1 <= len(batch) <= MAX_EVENTS:
            raise ValidationError(_("Send 1 to %d events at a time.") % MAX_EVENTS)
        outcomes = _recorded(batch, own=own_member(request))
        if not isinstance(request.data, list) and outcomes[0].errors:
            raise ValidationError({error.field: error.message for error in outcomes[0].errors})
        counts = Counter(outcome.status for outcome in outcomes)
        results = [
            {"index": index, "status": one.status, "errors": one.errors} for index, one in enumerate(outcomes)
        ]
        answer = {word: counts[word] for word in ("created", "duplicate", "rejected")} | {"results": results}
        return Response(EventResults(answer).data, status=201 if counts["created"] else 200)


def _recorded(batch: list[object], *, own: Member | None) -> list[EventOutcome]:
    """Check each event by itself, store the good ones together, and put the outcomes in order again."""
    outcomes: dict[int, EventOutcome] = {}
    drafts: dict[int, dict[str, object]] = {}
    now = timezone.now()
    for index, data in enumerate(batch):
        given = EventInput(data=data)
        if not given.is_valid():
            outcomes[index] = EventOutcome("rejected", _field_errors(given.errors))
            continue
        draft = {"occurred_at": now, **given.validated_data}
        errors = _name_member(draft, own=own)
        if errors:
            outcomes[index] = EventOutcome("rejected", errors)
        else:
            drafts[index] = draft
    stored = record_events(drafts=list(drafts.values()))
    outcomes |= dict(zip(drafts, stored, strict=True))
    return [outcomes[index] for index in range(len(batch))]


def _name_member(draft: dict[str, object], *, own: Member | None) -> list[FieldError]:
    """Fill in the member whose token it is; what is wrong with the one that was named."""
    if own is None:
        return [] if draft.get("member") else [FieldError("member", _("Say whose event this is."))]
    if draft.get("member") not in (None, str(own.public_id), own.member_no):
        return [FieldError("member", _("You can send only events of your own."))]
    draft["member"] = str(own.public_id)
    return []


def _field_errors(errors: Mapping[str, Iterable[object]]) -> list[FieldError]:
    return [
        FieldError("" if field == "non_field_errors" else str(field), str(message))
        for field, messages in errors.items()
        for message in messages
    ]
