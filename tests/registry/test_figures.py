from __future__ import annotations

import pytest
from django.utils import translation

from registry.figures import figure, figures_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"), (1234567.0, "1.235e+06"), (3, "3"), (None, "–"), ("als", "als"),
        ({"a": 1, "b": 0.5}, "a 1, b 0.5"), ({}, "–"), ([1, 2.0], "1, 2"), ((), "–"),
        ({"a": {"b": 1}}, "a b 1"),
    ],
)  # fmt: skip
def test_a_figure_is_read_as_text(value, text):
    assert figure(value) == text


def test_names_and_values_are_listed():
    assert (
        figures_table({"pull": 0.25}) == '<dl class="rg-facts"><dt><code>pull</code></dt><dd>0.25</dd></dl>'
    )


def test_figures_have_titles_in_the_readers_language():
    figures = {"average_precision": 0.25, "held_out": {"orders": 3}, "figure": "auc_roc"}
    assert (
        "<dt>average precision</dt><dd>0.25</dd><dt>held-out window</dt><dd>orders 3</dd>"
        in figures_table(figures)
    )
    with translation.override("zh-hans"):
        html = figures_table(figures)
    assert "<dt>平均精度</dt><dd>0.25</dd><dt>留出窗口</dt><dd>订单 3</dd>" in html
    assert "<dt>指标</dt><dd>ROC 曲线下面积</dd>" in html


def test_names_and_values_are_escaped():
    html = figures_table({"<b>": "<i>", "models": {"<s>": {"<u>": 1}}})
    assert not any(tag in html for tag in ("<b>", "<i>", "<s>", "<u>"))


def test_figures_of_several_models_become_a_table_with_a_row_each():
    html = figures_table({"models": {"als": {"ndcg": 0.5, "mrr": 0.25}, "ease": {"ndcg": 0.75}}})

    assert html.count("<tr>") == 3
    assert html.index("ndcg") < html.index("mrr")
    assert '<td><code>ease</code></td><td class="rg-number">0.75</td><td class="rg-number">–</td>' in html


def test_nested_names_are_joined():
    assert "<td><code>als</code> · for you</td>" in figures_table({"m": {"als": {"for-you": {"ndcg": 1}}}})
