"""The page that shows how far the first set-up is, and the front door that leads to it meanwhile."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.setting_up.state import (
    DONE,
    FAILED,
    PENDING,
    RUNNING,
    TITLES,
    PhaseState,
    SetupState,
    is_unfinished,
    read_state,
)
from learning.step_texts import translated


@never_cache
@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """``/``: the progress page while the set-up is under way, the admin afterwards."""
    return HttpResponseRedirect(reverse("setup" if is_unfinished() else "admin:index"))


@never_cache
@require_safe
def progress_page(request: HttpRequest) -> HttpResponse:
    return render(request, "config/progress.html", {"setup": _described(request)})


@never_cache
@require_safe
def progress_json(request: HttpRequest) -> JsonResponse:
    """What the page polls. Public, so it says nothing that a passer-by may not know."""
    return JsonResponse(_described(request))


def _described(request: HttpRequest) -> dict[str, object]:
    return describe(read_state(), with_notes=request.user.is_staff)


def describe(state: SetupState | None, *, with_notes: bool) -> dict[str, object]:
    """The state in words of the reader's language; a set-up that never began counts as complete.

    Notes hold counts of members and orders, and figures of models: for staff alone.
    """
    phases = state.phases if state else []
    complete = state is None or state.complete
    share = sum(phase.fraction for phase in phases) / len(phases) if phases else float(complete)
    return {
        "open": state is None or state.open,
        "complete": complete,
        "finished": complete,  # its name before there were two
        "failed": bool(state and state.error and not complete),
        "percent": round(100 * share),
        "phases": [_describe_phase(phase, with_note=with_notes) for phase in phases],
    }


def _describe_phase(phase: PhaseState, *, with_note: bool) -> dict[str, object]:
    words = {PENDING: _("waiting"), RUNNING: _("running"), DONE: _("done"), FAILED: _("failed, see the log")}
    return {
        "key": phase.key,
        "title": str(TITLES.get(phase.key, phase.key)),
        "status": phase.status,
        "status_text": words[phase.status],
        "percent": round(100 * phase.fraction),
        "seconds": round(phase.seconds),
        "note": translated(phase.note, _) if with_note else "",
    }
