from __future__ import annotations

from tests.importing.kinds.order_parts.lines import lines_of, problems_of


def test_a_copied_line_is_repeated_and_a_number_used_twice_a_problem():
    assert lines_of({}, {}).repeated.tolist() == [False, True]
    assert problems_of(lines_of({}, {"quantity": "3"})) == ["line_twice"]


def test_lines_without_a_number_are_counted_in_their_order():
    lines = lines_of({"line_no": ""}, {"line_no": "7"}, {"line_no": ""})
    assert lines.line_no.tolist() == [1, 7, 3]
