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


@never_cache
@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """``/``: the progress page while the set-up is under way, the admin afterwards."""
    return HttpResponseRedirect(reverse("setup" if is_unfinished() else "admin:index"))


@never_cache
@require_safe
def progress_page(request: HttpRequest) -> HttpResponse:
    return render(request, "config/progress.html", {"setup": describe(read_state())})


@never_cache
@require_safe
def progress_json(request: HttpRequest) -> JsonResponse:
    """What the page polls. Public, so it says nothing that a passer-by may not know."""
    return JsonResponse(describe(read_state()))


def describe(state: SetupState | None) -> dict[str, object]:
    """The state in words of the reader's language; a set-up that never began counts as finished."""
    phases = state.phases if state else []
    finished = state is None or state.finished
    share = sum(phase.fraction for phase in phases) / len(phases) if phases else float(finished)
    return {
        "finished": finished,
        "failed": bool(state and state.error and not state.finished),
        "percent": round(100 * share),
        "phases": [_describe_phase(phase) for phase in phases],
    }


def _describe_phase(phase: PhaseState) -> dict[str, object]:
    words = {PENDING: _("waiting"), RUNNING: _("running"), DONE: _("done"), FAILED: _("failed, see the log")}
    return {
        "key": phase.key,
        "title": str(TITLES.get(phase.key, phase.key)),
        "status": phase.status,
        "status_text": words[phase.status],
        "percent": round(100 * phase.fraction),
        "seconds": round(phase.seconds),
        "note": phase.note,
    }
