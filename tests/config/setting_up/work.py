"""Phases of the set-up that only count."""

from __future__ import annotations

import io

from config.setting_up.runner import Display, Phase, PhaseError, Progress, run_phases
from config.setting_up.state import read_state


class Work:
    """A phase that counts how often it ran and can be told to fail."""

    def __init__(self, key: str, *, fails: bool = False, needed_to_open: bool = True) -> None:
        self.runs, self.fails = 0, fails
        self.seen: list[tuple[bool, bool]] = []  # what the state file said of open and complete, each run
        self.phase = Phase(
            key,
            is_done=lambda: self.runs > 0 and not self.fails,
            run=self.run,
            needed_to_open=needed_to_open,
        )

    def run(self, progress: Progress) -> str:
        self.runs += 1
        state = read_state()
        assert state is not None
        self.seen.append((state.open, state.complete))
        progress(0.5, "half")
        if self.fails:
            raise PhaseError("no such file")
        return "all there"


def run(*works: Work) -> str:
    stream = io.StringIO()
    run_phases([work.phase for work in works], display=Display(total=len(works), stream=stream))
    return stream.getvalue()
