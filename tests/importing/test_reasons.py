from __future__ import annotations

import re
from pathlib import Path

from importing.reasons import REASONS, explain, label_of

ROOT = Path(__file__).parents[2]


def test_a_reason_names_detail_and_the_row_to_blame():
    assert explain("other_content", detail="status").endswith(": status")
    assert explain("missing", row=7) == "is empty; it is required (row 7 of this order)"


def test_a_word_that_is_not_known_is_answered_with_those_that_are():
    assert "pending, paid, shipped" in explain("not_a_choice", field="status")
    assert explain("not_a_choice", field="tier") == "is not one of the words known for this column"


def test_a_value_left_empty_is_counted_under_its_column():
    assert label_of("email_left_empty") == "email unusable, left empty"
    assert label_of("of_another_app") == "of_another_app"


def test_every_code_that_an_importer_uses_has_a_reason():
    used: set[str] = set()
    for path in (*ROOT.glob("importing/kinds/*.py"), *ROOT.glob("membership/cleaning/*.py")):
        used |= set(re.findall(r'(?:code=|Unclean\()"(\w+)"', path.read_text(encoding="utf-8")))
    assert len(used) > 20
    assert used <= set(REASONS)
