"""Figures and parameters of models as HTML that people read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from registry.figure_names import FIGURE_NAMES


def figure(value: object) -> str:
    """A parameter or figure as people read it."""
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {figure(inner)}" for key, inner in value.items()) or "–"
    if isinstance(value, (list, tuple)):
        return ", ".join(figure(inner) for inner in value) or "–"
    return "–" if value is None else str(value)


def figures_table(figures: Mapping[str, object]) -> SafeString:
    """Names and values; what holds a set of figures for each of several models becomes a table."""
    rows = ((_name(key), _compared(value) or _value(value)) for key, value in figures.items())
    return format_html('<dl class="rg-facts">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


def _name(name: str) -> SafeString:
    """A figure's title in the reader's language; what has none is shown as the code that it is."""
    title = FIGURE_NAMES.get(name)
    return format_html("<code>{}</code>", name) if title is None else format_html("{}", title)


def _value(value: object) -> SafeString:
    if isinstance(value, Mapping) and value:
        pairs = ((_name(str(key)), _value(inner)) for key, inner in value.items())
        return format_html_join(", ", "{} {}", pairs)
    if isinstance(value, (list, tuple)) and value:
        return format_html_join(", ", "{}", ((_value(inner),) for inner in value))
    return _name(value) if isinstance(value, str) else format_html("{}", figure(value))


def _compared(value: object) -> SafeString | None:
    """A table with a row for each set of figures; None when ``value`` is no mapping of mappings."""
    if not isinstance(value, Mapping) or not all(isinstance(inner, Mapping) for inner in value.values()):
        return None
    sets = list(_sets_of_figures(value))
    names = list(dict.fromkeys(name for _path, figures in sets for name in figures))
    if not names:
        return None
    head = format_html_join("", '<th class="rg-number">{}</th>', ((_name(name),) for name in names))
    body = format_html_join(
        "",
        "<tr><td>{}</td>{}</tr>",
        (
            (
                format_html_join(" · ", "{}", ((_name(name),) for name in path)),
                format_html_join("", '<td class="rg-number">{}</td>', ((figure(row.get(n)),) for n in names)),
            )
            for path, row in sets
        ),
    )
    table = '<div class="rg-scroll"><table class="rg-table rg-tight"><thead><tr><th></th>{}</tr></thead>'
    return format_html(table + "<tbody>{}</tbody></table></div>", head, body)


def _sets_of_figures(
    nested: Mapping[str, object], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Mapping[str, object]]]:
    """Every innermost mapping with the names that lead to it: (("als", "for-you"), {...})."""
    for name, inner in nested.items():
        if not isinstance(inner, Mapping):
            continue
        here = (*path, str(name))
        if any(isinstance(value, Mapping) for value in inner.values()):
            yield from _sets_of_figures(inner, here)
        else:
            yield here, inner
