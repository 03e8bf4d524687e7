"""Duplicates of members: precision and recall on generated members, and the time for a million.

    python -m benchmarks.members.duplicates [--people 20000] [--members 1000000]

People are made by ``benchmarks.members.people``: households with twins, sons named as their fathers, common
names, tills, offices and devices that several share. Three in a hundred are there twice
(``benchmarks.members.corruptions``); a second record that has nothing but the name in common with the first
is left out, since nobody could tell. The weights of the model were set on seed 1; figures are of the seeds
11 to 15. Judged are pairs with a probability of at least ``DuplicateCandidate.SHOWN``. Beside it: pairs with
the same name in small letters and the same birth date, pairs with one mailbox or the same last nine digits
of the phone, either of them; and Splink, where the peers' environment has it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random

from benchmarks.members.corruptions import again
from benchmarks.members.people import Made, Maker, with_offices
from benchmarks.results import ROOT, Report, options_of, parser_of
from benchmarks.shops.database import own_database

TUNED_ON = 1
SEEDS = (11, 12, 13, 14, 15)
TWICE = 0.03
SHOWN = 0.85
Pair = tuple[int, int]
PEERS_PYTHON = os.environ.get("PEERS_PYTHON", ".venv-peers/bin/python")


def generated(n_people: int, *, seed: int) -> list[Made]:
    """About ``n_people`` people and their second records, in random order."""
    maker = Maker(Random(seed))  # noqa: S311  # generated data
    people: list[Made] = []
    while len(people) < n_people:
        people += maker.household()
    people = with_offices(people, maker.rng)
    twice = [again(one, maker) for one in people if maker.rng.random() < TWICE]
    people += [second for second in twice if second is not None]
    maker.rng.shuffle(people)
    return people


def true_pairs(people: Sequence[Made]) -> dict[Pair, str]:
    """Rows of one person → what was changed."""
    rows: dict[int, list[int]] = defaultdict(list)
    for row, one in enumerate(people):
        rows[one.person].append(row)
    pairs = {}
    for of_person in rows.values():
        for at, first in enumerate(of_person):
            for second in of_person[at + 1 :]:
                pairs[first, second] = people[first].kind or people[second].kind
    return pairs


def quality(found: set[Pair], truth: dict[Pair, str]) -> tuple[float, float]:
    """Precision and recall."""
    right = len(found & truth.keys())
    return right / max(len(found), 1), right / max(len(truth), 1)


def ours(people: Sequence[Made]) -> dict[Pair, float]:
    """Pair of rows → probability, from 0.5 on."""
    from membership.duplicates.ml.finding import find_likely
    from membership.duplicates.ml.people import People, Uses

    table = People()
    used: dict[str, tuple[list[int], list[int]]] = {
        kind: ([], []) for kind in ("address", "device", "payment")
    }
    for row, one in enumerate(people):
        table.add(id=row, name=one.name, email=one.email, phone=one.phone, birth_date=one.birth_date)
        for kind, values in (("address", (one.address,)), ("device", one.devices), ("payment", one.payments)):
            for value in filter(None, values):
                used[kind][0].append(row)
                used[kind][1].append(hash((kind, value)))
    table.uses = {kind: Uses(rows, values) for kind, (rows, values) in used.items()}
    found = find_likely(table, lowest=0.5)
    return {(one.first, one.second): one.probability for one in found.likely}


def exact(people: Sequence[Made]) -> set[Pair]:
    """What a query finds: the same name and birth date, one mailbox, or the same end of the phone number."""
    from membership.cleaning.contacts import same_mailbox

    keys: dict[object, list[int]] = defaultdict(list)
    for row, one in enumerate(people):
        if one.birth_date:
            keys["born", one.name.casefold(), one.birth_date].append(row)
        if one.email:
            keys["mailbox", same_mailbox(one.email)].append(row)
        if one.phone:
            keys["phone", one.phone[-9:]].append(row)
    return {
        (first, second)
        for rows in keys.values()
        for at, first in enumerate(rows)
        for second in rows[at + 1 :]
    }


def splink(people: Sequence[Made], folder: Path) -> set[Pair] | None:
    """Pairs that Splink gives at least the same probability; None where it is not installed."""
    if not Path(PEERS_PYTHON).exists():
        return None
    given, answer = folder / "people.json", folder / "pairs.json"
    rows = [
        {"unique_id": row, "name": one.name, "email": one.email or None, "phone": one.phone or None,
         "birth_date": str(one.birth_date) if one.birth_date else None, "address": one.address or None}
        for row, one in enumerate(people)
    ]  # fmt: skip
    given.write_text(json.dumps(rows), encoding="utf-8")
    script = ROOT / "benchmarks" / "peers" / "duplicates.py"
    done = subprocess.run([PEERS_PYTHON, str(script), str(given), str(answer), str(SHOWN)], check=False)
    if done.returncode:
        return None
    return {(min(pair), max(pair)) for pair in json.loads(answer.read_text(encoding="utf-8"))}


def small(report: Report, *, n_people: int) -> None:
    """Precision and recall on each seed, and the recall of each kind of change over all."""
    found_of, all_of = Counter[str](), Counter[str]()
    for seed in SEEDS:
        people = generated(n_people, seed=seed)
        truth = true_pairs(people)
        started = time.process_time()
        likely = ours(people)
        seconds = time.process_time() - started
        found = {pair for pair, chance in likely.items() if chance >= SHOWN}
        precision, recall = quality(found, truth)
        figures = f"precision {precision:.4f}, recall {recall:.4f}, {seconds:.1f} s"
        print(f"seed {seed}: {len(people)} members, {len(truth)} pairs, {figures}")
        report.add("precision of shown pairs", precision, at_least=0.98)
        report.add("recall of shown pairs", recall, at_least=0.90)
        for name, pairs in _peers(people).items():
            of_peer = quality(pairs, truth)
            report.add_peer("precision of shown pairs", name, of_peer[0])
            report.add_peer("recall of shown pairs", name, of_peer[1])
        for pair, kinds in truth.items():
            for kind in kinds.split():
                all_of[kind] += 1
                found_of[kind] += pair in found
    for kind in sorted(all_of):
        report.add(f"recall, {kind.replace(':', ' ').replace('_', ' ')}", found_of[kind] / all_of[kind])


def _peers(people: Sequence[Made]) -> dict[str, set[Pair]]:
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        of_splink = splink(people, Path(folder))
    return {"same spelling": exact(people)} | ({"Splink": of_splink} if of_splink is not None else {})


def large(report: Report, *, members: int, seed: int) -> None:
    """A shop of ``members``: seconds and memory of the whole search, in a process of its own."""
    people = generated(round(members / (1 + TWICE)), seed=seed)[:members]
    truth = true_pairs(people)
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder, own_database(Path(folder)) as env:
        os.environ.update(env)
        _fill(people)
        command = [sys.executable, "-m", "benchmarks.members.duplicates", "--search", f"{folder}/found.json"]
        subprocess.run(command, check=True, env=os.environ)
        answer = json.loads(Path(folder, "found.json").read_text(encoding="utf-8"))
    found = {(low - 1, high - 1) for low, high in answer["pairs"]}
    precision, recall = quality(found, truth)
    print(
        f"{len(people)} members: {answer['compared']} compared, {len(found)} of {len(truth)}, {answer}"[:300]
    )
    title = f"{members:,} members"
    report.add(f"{title}: seconds", answer["seconds"], at_most=600, timed=True)
    report.add(f"{title}: CPU seconds", answer["cpu"], timed=True)
    report.add(f"{title}: peak MB", answer["peak_mb"], at_most=2_000, timed=True)
    report.add(f"{title}: precision", precision, at_least=0.98)
    report.add(f"{title}: recall", recall)


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def _fill(people: Sequence[Made]) -> None:
    """Members with their row number plus one as id, and two orders for those who ordered."""
    _django()
    from django.core.management import call_command

    from benchmarks.members.filling import fill

    call_command("migrate", verbosity=0)
    fill(people)


def search(path: Path) -> None:
    """The nightly search, measured; its pairs go to ``path``."""
    _django()
    from membership.duplicates.searching import search_duplicates
    from membership.models import DuplicateCandidate

    wall, cpu = time.perf_counter(), time.process_time()
    done = search_duplicates()
    spent = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pairs = DuplicateCandidate.objects.likely().values_list("low_id", "high_id")
    answer = {
        "seconds": spent[0], "cpu": spent[1], "peak_mb": peak, "compared": done.compared,
        "left_out": done.left_out, "pairs": list(pairs),
    }  # fmt: skip
    path.write_text(json.dumps(answer), encoding="utf-8")


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--members", type=int, default=1_000_000, help="of the large shop; 0: without it")
    parser.add_argument("--search", type=Path, help=argparse.SUPPRESS)
    options = options_of(parser, people=1_500, members=2_000)
    if options.search:
        return search(options.search)
    what = f"randomly generated members, {options.people:,} people a seed"
    with Report("duplicates", data=what, seed=f"{SEEDS[0]} to {SEEDS[-1]}") as report:
        small(report, n_people=options.people)
        if options.members:
            large(report, members=options.members, seed=SEEDS[0])
    return None


if __name__ == "__main__":
    main()
