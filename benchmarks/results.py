"""What a benchmark found: printed, and kept as ``var/benchmarks/NAME.json``.

    with Report("fraud_speed", data="randomly generated orders", seed=1) as report:
        report.add("blend, one order: p50 ms", 0.17, at_most=0.2, timed=True)

The file holds figure, value, spread, goal, whether it was reached (null without a goal), peers of the same
run, data, seed, command, date and commit; `python -m benchmarks.figures` makes docs/reference/figures.md of
all of them. With ``--short`` or SHORT=1 a benchmark uses tiny sizes and one thread (benchmarks/__init__.py),
its file goes to ``var/benchmarks/short/``, and figures that do not depend on the machine's speed are printed
once more on lines that begin with ``figure:``. These lines are the same before and after a change that
changes no figure.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from benchmarks.names import BENCHMARKS

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "var" / "benchmarks"
SHORT = os.environ.get("SHORT") == "1"


def area_of(name: str) -> str:
    """The table of figures.md where this benchmark's figures stand: the folder of its script."""
    return BENCHMARKS[name].partition(".")[0]


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """A parser that shows the script's own text and knows ``--short``."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="tiny sizes, one thread, seconds")
    return parser


def options_of(parser: argparse.ArgumentParser, **short: object) -> argparse.Namespace:
    """The options given; those that are not are ``short``'s in the short form."""
    if SHORT:
        parser.set_defaults(**short)
    return parser.parse_args()


Goals = Mapping[str, tuple[float | None, float | None]]
"""Name of a figure -> (at least, at most)."""


@dataclass
class Figure:
    """One figure. Several values are several seeds or rounds of it; ``timed`` ones depend on the machine."""

    timed: bool = False
    at_least: float | None = None
    at_most: float | None = None
    values: list[float] = field(default_factory=list)
    spread: tuple[float, float] | None = None
    peers: dict[str, list[float]] = field(default_factory=dict)

    def value(self) -> float | None:
        """The mean over seeds; of times the median. None where only peers were measured."""
        return _middle(self.values, timed=self.timed)

    def reached(self) -> bool | None:
        value = self.value()
        if value is None or (self.at_least is None and self.at_most is None):
            return None
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )

    def as_json(self, name: str) -> dict[str, object]:
        ends = self.spread or ((min(self.values), max(self.values)) if len(self.values) > 1 else None)
        goal = {"at_least": self.at_least, "at_most": self.at_most}
        return {
            "figure": name,
            "value": _rounded(self.value()),
            "spread": ends and [_rounded(end) for end in ends],
            "goal": {side: end for side, end in goal.items() if end is not None} or None,
            "reached": self.reached(),
            "peers": {
                peer: _rounded(_middle(values, timed=self.timed)) for peer, values in self.peers.items()
            },
            "timed": self.timed,
        }


class Report:
    """The figures of one benchmark; written when its ``with`` block ends without an error."""

    def __init__(self, name: str, *, data: str, seed: object, goals: Goals | None = None) -> None:
        self.name, self.data, self.seed = name, data, str(seed)
        self.goals = goals or {}
        self.commit = commit()  # of the code that runs, also where a commit follows during the run
        self.figures: dict[str, Figure] = {}
        self.missing: list[str] = []

    def add(
        self,
        name: str,
        value: float,
        *,
        spread: tuple[float, float] | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
        timed: bool = False,
    ) -> None:
        """One value of the figure ``name``; called again for another seed or round."""
        own = self.figures.setdefault(name, Figure())
        own.timed = timed
        own.at_least, own.at_most = self.goals.get(name, (at_least, at_most))
        own.values.append(float(value))
        own.spread = spread if len(own.values) == 1 else None

    def add_peer(self, name: str, peer: str, value: float, *, timed: bool = False) -> None:
        """What ``peer`` came to for the figure ``name`` in this run."""
        own = self.figures.setdefault(name, Figure(timed=timed))
        own.peers.setdefault(peer, []).append(float(value))

    def not_run(self, why: str) -> None:
        """Say that data are missing and where they come from."""
        print(f"not run: {why}", flush=True)
        self.missing.append(why)

    def as_json(self) -> dict[str, object]:
        return {
            "benchmark": self.name,
            "area": area_of(self.name),
            "data": self.data,
            "seed": self.seed,
            "command": command(),
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "commit": self.commit,
            "short": SHORT,
            "not_run": self.missing,
            "figures": [own.as_json(name) for name, own in self.figures.items()],
        }

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        folder = FOLDER / "short" if SHORT else FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.as_json(), ensure_ascii=False, indent=1)
        (folder / f"{self.name}.json").write_text(text + "\n", encoding="utf-8")
        if SHORT:
            print("\n".join(steady_lines(self.figures)), flush=True)


def steady_lines(figures: Mapping[str, Figure]) -> list[str]:
    """The figures that the machine's speed does not change, one a line."""
    return [
        f"figure: {name} = {_rounded(value)}"
        for name, own in figures.items()
        for value in own.values
        if not own.timed
    ] + [
        f"figure: {name}, {peer} = {_rounded(value)}"
        for name, own in figures.items()
        for peer, values in own.peers.items()
        for value in values
        if not own.timed
    ]


def command() -> str:
    """How this process was started, without this machine's folders."""
    words = [
        "…" if Path(word).is_absolute() else shlex.quote(word)
        for word in sys.orig_argv[1:]
        if word != "--short"
    ]
    data = "BENCH_DATA=… " if os.environ.get("BENCH_DATA") else ""
    return f"{data}{'SHORT=1 ' if SHORT else ''}python {' '.join(words)}"


def commit() -> str:
    """The short name of the commit, with a plus sign where tracked files differ from it; "" without git."""
    try:
        name = _git("rev-parse", "--short=7", "HEAD")
        return name + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _middle(values: list[float], *, timed: bool) -> float | None:
    if not values:
        return None
    return statistics.median(values) if timed else statistics.fmean(values)


def _rounded(value: float | None) -> float | None:
    """Four digits, or all before the decimal point."""
    if value is None:
        return None
    return float(f"{value:.4g}") if abs(value) < 1_000 else float(round(value))
