from __future__ import annotations

import pyarrow as pa
import pytest

from importing.texts.entities import columns_without_entities, without_entities


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Tea &amp; Cup &#8211; Large", "Tea & Cup – Large"),
        ("Frame 8&quot; x 10&quot;", 'Frame 8" x 10"'),
        ("O&#039;Dea", "O'Dea"),
        ("Caf&eacute; &#xe9;", "Café é"),
        ("&amp;quot;Di&amp;quot;", '"Di"'),
        ("A&B; C&D", "A&B; C&D"),
        ("fish & chips", "fish & chips"),
        ("a &nosuchthing; b", "a &nosuchthing; b"),
    ],
)
def test_marks_of_the_web_are_the_characters_that_they_mean(text: str, plain: str):
    assert without_entities(text) == plain


def test_columns_of_text_are_read_so_and_numbers_are_left_alone():
    columns = {
        "name": pa.chunked_array([["Tea &amp; Cup", None, "Mug"], ["Tea &amp; Cup"]]),
        "sku": pa.chunked_array([["A&amp;B", "C", "D"], ["E"]]),
    }
    columns_without_entities(columns)
    assert columns["name"].to_pylist() == ["Tea & Cup", None, "Mug", "Tea & Cup"]
    assert columns["sku"].to_pylist() == ["A&amp;B", "C", "D", "E"]
