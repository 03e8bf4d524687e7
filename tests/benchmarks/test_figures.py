"""docs/reference/figures.md is made from its data."""

from __future__ import annotations

from benchmarks.figures import PAGE, PUBLISHED, Run, merged, page_of, read


def run(**own: object) -> Run:
    base: Run = {
        "area": "fraud",
        "benchmark": "fraud",
        "data": "toy",
        "seed": "1",
        "command": "make bench ONLY=fraud",
        "date": "2026-11-29",
        "commit": "abc1234",
        "figures": [{"figure": "lstm: brier", "value": 0.1}],
    }
    return {**base, **own}  # type: ignore[typeddict-item]  # a test names only what it changes


def test_the_page_is_what_the_generator_makes():
    made = page_of(read(PUBLISHED))
    assert PAGE.read_text(encoding="utf-8") == made, "run: python -m benchmarks.figures"


def test_every_published_figure_has_a_source():
    for one in read(PUBLISHED):
        assert one["data"]
        assert one["date"]
        assert one["commit"]


def test_a_new_figure_takes_the_old_ones_place():
    old = run(figures=[{"figure": "lstm: brier", "value": 0.1}, {"figure": "lstm: auc", "value": 0.9}])
    new = run(figures=[{"figure": "lstm: brier", "value": 0.05}])
    kept, added = merged([old], [new])
    assert [figure["figure"] for figure in kept["figures"]] == ["lstm: auc"]
    assert added == new


def test_short_forms_are_not_published():
    assert merged([run()], [run(short=True)]) == [run()]


def test_a_row_shows_goal_spread_and_peers():
    figure = {
        "figure": "lstm: brier",
        "value": 0.12345,
        "spread": [0.1, 0.2],
        "goal": {"at_most": 0.2},
        "reached": True,
        "peers": {"logistic": 1234.5},
    }
    page = page_of([run(figures=[figure])])
    assert (
        "| lstm: brier | **0.1235** | 0.1 to 0.2 | ≤ 0.2 ✓ | logistic 1,234 | `make bench ONLY=fraud` |"
        in page
    )
