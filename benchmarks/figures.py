"""docs/reference/figures.md: every published figure, made from docs/reference/figures.json.

    python -m benchmarks.figures             # rewrite the page
    python -m benchmarks.figures --merge     # take in var/benchmarks/*.json first

A figure of var/benchmarks takes the place of the published one of the same benchmark and name. Short forms
and benchmarks that were not run are left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

from benchmarks.results import FOLDER, ROOT

PUBLISHED = ROOT / "docs" / "reference" / "figures.json"
PAGE = ROOT / "docs" / "reference" / "figures.md"
AREAS = {
    "recommendations": "Recommendations",
    "fraud": "Fraud",
    "checkout": "Checkout",
    "forecasts": "Forecasts",
    "segments": "Segments",
    "importing": "Import",
    "members": "Members",
    "program": "The program as a whole",
}
HEAD = """# Figures

Every published figure, one table for each area. The page is made from `docs/reference/figures.json` by
`python -m benchmarks.figures`; `--merge` first takes in what `make bench` left in `var/benchmarks/`.
Change the data, not the page.

- **Value**: the mean over seeds; of times the median over rounds. **Spread**: the 95 % interval, or the
  smallest and the largest value of seeds or rounds.
- **Goal**: what we set ourselves before measuring; ✓ reached, ✗ not reached.
- **Peers**: other methods, measured in the same run unless they are called published.
- **Date and commit**: of the run; of figures that were published before benchmarks wrote files, of the commit
  that published them. A plus sign: tracked files differed from that commit.
- Seconds and megabytes depend on the machine: two shared cores, unless something else is said.
- Complete Journey and the demo shop are *simulated* data for education: their figures compare methods and
  promise nothing about another shop.

What the models are and why: [recommendations](../explanation/recommendations.md),
[fraud](../explanation/fraud.md), [forecasts](../explanation/forecasts.md),
[segments](../explanation/segments.md).
"""


class Goal(TypedDict, total=False):
    at_least: float
    at_most: float


class Figure(TypedDict):
    figure: str
    value: float | str | None
    spread: NotRequired[Sequence[float | None] | str | None]
    goal: NotRequired[Goal | str | None]
    reached: NotRequired[bool | None]
    peers: NotRequired[dict[str, float | str | None]]


class Run(TypedDict):
    """The figures of one command."""

    area: str
    benchmark: str
    data: str
    seed: str
    command: str
    date: str
    commit: str
    figures: list[Figure]
    short: NotRequired[bool]
    title: NotRequired[str]


def merged(published: list[Run], new: Iterable[Run]) -> list[Run]:
    """The published runs, with each new run after those of its benchmark."""
    runs = published
    for run in new:
        if run.get("short") or not run["figures"]:
            continue
        names = {figure["figure"] for figure in run["figures"]}
        runs = [_without(old, names) if old["benchmark"] == run["benchmark"] else old for old in runs]
        runs = [old for old in runs if old["figures"]] + [run]
    return runs


def _without(run: Run, names: set[str]) -> Run:
    return {**run, "figures": [figure for figure in run["figures"] if figure["figure"] not in names]}


def page_of(runs: list[Run]) -> str:
    parts = [HEAD]
    for area, title in AREAS.items():
        own = [run for run in runs if run["area"] == area]
        if not own:
            continue
        parts.append(f"\n## {title}\n")
        parts.append("| figure | value | spread | goal | peers | command | date, commit |")
        parts.append("|---|---|---|---|---|---|---|")
        parts += [_row(run, figure) for run in own for figure in run["figures"]]
        parts += ["", *_sources(own)]
    return "\n".join(parts) + "\n"


def _row(run: Run, figure: Figure) -> str:
    name = f"{run['title']}: {figure['figure']}" if run.get("title") else figure["figure"]
    peers = "; ".join(f"{peer} {_number(value)}" for peer, value in (figure.get("peers") or {}).items())
    mark = {True: " ✓", False: " ✗", None: ""}[figure.get("reached")]
    cells = (
        name,
        f"**{_number(figure['value'])}**" if figure["value"] not in (None, "") else "",
        _spread(figure.get("spread")),
        _goal(figure.get("goal")) + mark,
        peers,
        f"`{run['command']}`" if run["command"] else "",
        ", ".join(part for part in (run["date"], run["commit"] and f"`{run['commit']}`") if part),
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _number(value: float | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def _spread(spread: Sequence[float | None] | str | None) -> str:
    if spread is None or isinstance(spread, str):
        return spread or ""
    return " to ".join(_number(end) for end in spread)


def _goal(goal: Goal | str | None) -> str:
    if goal is None or isinstance(goal, str):
        return goal or ""
    signs = {"at_least": "≥", "at_most": "≤"}
    return ", ".join(
        f"{signs[side]} {_number(goal[side])}" for side in ("at_least", "at_most") if side in goal
    )


def _sources(runs: list[Run]) -> list[str]:
    """Data and seed of each command, once each."""
    lines = [
        f"- `{run['command']}`: {run['data']}" + (f"; seed {run['seed']}" if run["seed"] else "")
        for run in runs
        if run["command"]
    ]
    return list(dict.fromkeys(lines))


def read(path: Path) -> list[Run]:
    runs: list[Run] = json.loads(path.read_text(encoding="utf-8"))
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--merge", action="store_true", help="take in var/benchmarks/*.json")
    options = parser.parse_args()
    runs = read(PUBLISHED)
    if options.merge:
        new: list[Run] = [
            json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))
        ]
        runs = merged(runs, new)
        text = json.dumps(runs, ensure_ascii=False, indent=1)
        PUBLISHED.write_text(text + "\n", encoding="utf-8")
    PAGE.write_text(page_of(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
