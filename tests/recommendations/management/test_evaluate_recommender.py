"""The command runs without a database: none of these tests asks for one."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Twelve members with one of two tastes; in the last month each buys the product they had not had."""
    rows = []
    for member in range(12):
        taste = [f"p{n}" for n in (range(6) if member % 2 else range(6, 12))]
        left_out = taste[member // 2]
        for day in range(20):
            product = taste[(day + member) % 6]
            if product != left_out:
                rows.append((f"m{member}", product, f"2026-01-{day + 1:02d} 10:{member:02d}"))
        rows.append((f"m{member}", left_out, f"2026-02-05 10:{member:02d}"))
    path = tmp_path / "orders.csv"
    pd.DataFrame(rows, columns=["member", "product", "timestamp"]).to_csv(path, index=False)
    return path


def evaluate(path: Path, *arguments: str) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("evaluate_recommender", "--interactions", str(path), *arguments, stdout=out)
    figures: list[dict[str, Any]] = json.loads(out.getvalue())
    return figures


def time_split(path: Path, *arguments: str) -> list[dict[str, Any]]:
    return evaluate(path, "--protocol", "time-split", "--cut", "2026-02-01", *arguments)


def test_the_factorisation_finds_what_was_left_out(orders: Path):
    popularity, als = time_split(orders, "--models", "popularity,als")

    assert als["ndcg@10"] > popularity["ndcg@10"]
    assert als["recall@10"] == 1
    assert {"model", "fold", "fit_seconds", "cpu_seconds", "peak_rss_mb", "mrr@10", "coverage@10"} <= set(als)


def test_buy_again_asks_for_the_first_order_after_the_cut(orders: Path):
    # what each member bought after the cut was never theirs, so habits cannot help and only comes after them
    (figures,) = time_split(orders, "--models", "blend", "--surface", "buy-again")

    assert figures["members"] == 12
    assert 0 < figures["mrr@10"] < 1 / 5


def test_figures_come_by_history_length_and_by_group(orders: Path, tmp_path: Path):
    groups = tmp_path / "groups.csv"
    groups.write_text("member,group\nm0,new\nm1,new\nm2,old\nm77,old\n", encoding="utf-8")
    (figures,) = time_split(orders, "--models", "als", "--groups", str(groups))
    by_length = figures["by_history_length"]

    assert sum(part["members"] for part in by_length.values()) == 12
    total = sum(part["members"] * part["ndcg@10"] for part in by_length.values())
    assert total / 12 == pytest.approx(figures["ndcg@10"])
    assert 16 <= by_length["short"]["entries"] <= by_length[max(by_length)]["entries"] <= 17
    assert {name: part["members"] for name, part in figures["by_group"].items()} == {"new": 2, "old": 1}


def test_diversity_needs_attributes(orders: Path, tmp_path: Path):
    attributes = tmp_path / "attributes.json"
    attributes.write_text(json.dumps({f"p{n}": [1 if n < 6 else 2] for n in range(12)}), encoding="utf-8")
    (without,) = time_split(orders, "--models", "als")
    (row,) = time_split(orders, "--models", "als", "--attributes", str(attributes))

    assert "diversity@10" not in without
    assert 0 < row["diversity@10"] < 1


def test_leave_last_out_asks_for_each_members_last(orders: Path):
    (figures,) = evaluate(orders, "--protocol", "leave-last-out", "--models", "als")

    assert figures["members"] == 12
    assert figures["products"] == 12


def test_the_same_seed_gives_the_same_figures(orders: Path):
    first, second, other = time_split(orders, "--models", "als", "--seeds", "3,3,4")

    assert first["ndcg@10"] == second["ndcg@10"]
    assert (first["seed"], other["seed"]) == (3, 4)


def test_the_lists_hold_the_files_own_ids_without_seen_products(orders: Path, tmp_path: Path):
    time_split(orders, "--models", "popularity,als", "--lists", str(tmp_path / "lists.npz"))
    seen = pd.read_csv(orders).query("timestamp < '2026-02-01'").groupby("member")["product"].agg(set)
    with np.load(tmp_path / "lists.npz", allow_pickle=False) as lists:
        assert lists["items"].shape == (12, 10)
        np.testing.assert_array_equal(lists["items"], lists["items_als"])
        for user, items in zip(lists["users"], lists["items"], strict=True):
            assert not seen[user] & set(items)


def test_the_lists_give_the_printed_figures(orders: Path, tmp_path: Path):
    (figures,) = time_split(orders, "--models", "popularity", "--lists", str(tmp_path / "lists.npz"))
    bought = pd.read_csv(orders).query("timestamp >= '2026-02-01'").set_index("member")["product"]
    with np.load(tmp_path / "lists.npz", allow_pickle=False) as lists:
        ranks = [
            list(items).index(bought[user])
            for user, items in zip(lists["users"], lists["items"], strict=True)
        ]

    assert figures["ndcg@10"] == pytest.approx(np.mean([1 / np.log2(rank + 2) for rank in ranks]))


def test_the_figures_go_to_a_file(orders: Path, tmp_path: Path):
    out = StringIO()
    arguments = ["--cut", "2026-02-01", "--models", "popularity", "--json", str(tmp_path / "figures.json")]
    call_command(
        "evaluate_recommender",
        "--interactions",
        str(orders),
        "--protocol",
        "time-split",
        *arguments,
        stdout=out,
    )

    assert out.getvalue() == ""
    assert json.loads((tmp_path / "figures.json").read_text())[0]["model"] == "popularity"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--models", "crystal_ball"],
            "there is no model 'crystal_ball'; known: popularity, item_transitions, als",
        ),
        (["--cut", "2031-01-01"], "no interactions in the 28 days from the cut"),
        (["--cut", "1999-01-01"], "no interactions before the cut"),
        (["--cut", "soon"], "'soon' is not a date"),
        (["--seeds", "one"], "whole numbers"),
        (["--horizon-days", "0"], "1 or more"),
    ],
)
def test_bad_arguments_say_what_is_wrong(orders: Path, arguments: list[str], message: str):
    with pytest.raises(CommandError, match=message):
        time_split(orders, *arguments)


def test_a_time_split_needs_a_cut(orders: Path):
    with pytest.raises(CommandError, match="needs --cut"):
        evaluate(orders, "--protocol", "time-split")


def test_an_empty_file_is_refused(tmp_path: Path):
    path = tmp_path / "empty.csv"
    path.write_text("member,product,timestamp\n", encoding="utf-8")
    with pytest.raises(CommandError, match="holds no rows"):
        evaluate(path, "--protocol", "leave-last-out")


def test_settings_are_tuned_on_the_window_before(orders: Path):
    arguments = ["--models", "popularity", "--horizon-days", "15", "--surface", "buy-again"]
    (plain,) = time_split(orders, *arguments)
    (figures,) = time_split(orders, *arguments, "--tune", "4")

    assert "tuned" not in plain
    assert figures["tuned"]["attempts"] == 4
    assert figures["tuned"]["score"] >= figures["tuned"]["default_score"]
