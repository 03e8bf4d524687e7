"""What `duplicates` compares ours with, run by the peers' own interpreter (.venv-peers): Splink.

    python benchmarks/peers/duplicates.py PEOPLE.json PAIRS.json LEAST

PEOPLE is a list of objects: unique_id, name, email, phone, birth_date (yyyymmdd), address. PAIRS becomes a
list of [id, id] with a match probability of at least LEAST. Settings: Splink's own comparisons for names,
e-mails and dates with term frequencies, weights estimated without labels, as its tutorial does.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa


def _prepared(row: dict[str, Any]) -> dict[str, Any]:
    """With the words of the name sorted, so that their order is no matter, and what pairs are sought by."""
    name = " ".join(sorted(row["name"].casefold().replace(",", " ").split()))
    phone, email = row["phone"], row["email"]
    return row | {
        "name": name, "phone_end": phone and phone[-9:], "local_part": email and email.partition("@")[0],
    }  # fmt: skip


def main() -> None:
    import splink.comparison_library as compared  # type: ignore[import-not-found]  # only in the peers' environment
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    given, answer, least = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    rows = [_prepared(row) for row in json.loads(given.read_text(encoding="utf-8"))]
    rules = [block_on(column) for column in ("name", "phone_end", "local_part", "birth_date", "address")]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compared.JaroWinklerAtThresholds("name", [0.92, 0.85]).configure(term_frequency_adjustments=True),
            compared.EmailComparison("email"),
            compared.LevenshteinAtThresholds("phone_end", 1),
            compared.DamerauLevenshteinAtThresholds("birth_date", 1),
            compared.ExactMatch("address").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=rules,
    )
    database = DuckDBAPI()
    linker = Linker(database.register(pa.Table.from_pylist(rows)), settings)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("name", "birth_date"), block_on("phone_end")], recall=0.5
    )
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("name"))
    training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
    pairs = linker.inference.predict(threshold_match_probability=least)
    found = [[int(pair["unique_id_l"]), int(pair["unique_id_r"])] for pair in pairs.as_record_list()]
    answer.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
