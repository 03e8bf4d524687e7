"""From a file's headings to our columns: by hand, by the preset of the system, by equal names, by common
words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from importing.errors import BadFile
from importing.files.packed import packed_columns
from importing.presets.loading import (
    GENERIC,
    Preset,
    Rules,
    all_presets,
    bare_heading,
    heading_without_tax,
    plain_heading,
    recognise,
    system_names,
)
from importing.registry import Field, import_kind
from importing.whole_orders.level import OrderLevel, order_level

WITH_ZONE = {"placed_at": "placed_zone"}
"""A moment whose time zone may stand in a column of its own."""
WITH_TIME = {"placed_at": "placed_time", "joined_at": "joined_time", "occurred_at": "occurred_time"}
"""A moment whose day and time of day may stand in two columns."""


NOT_USED = "-"
"""What a heading is mapped to that is to be read as nothing, or only as what it is also mapped to."""


@dataclass(frozen=True)
class Overrides:
    """What the caller says about the columns."""

    mapping: Sequence[tuple[str, str]] = ()  # (theirs, ours or NOT_USED)
    values: Sequence[tuple[str, str, str]] = ()  # (column, theirs, ours)
    preset: str | None = None
    date_order: str | None = None


@dataclass(frozen=True)
class Plan:
    """How a file is read: ``sources`` is our column -> the file's headings, the first that has a value
    counts.
    """

    kind: str
    sources: dict[str, tuple[str, ...]]
    preset: Preset | None = None
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    date_order: str | None = None
    level: OrderLevel | None = None
    sheet: str = ""  # of a workbook with several

    @property
    def rules(self) -> Rules:
        rules = Rules(**self.preset.rules) if self.preset else Rules()
        if self.level is not None:
            rules |= Rules(amounts=self.level.amounts, unnamed=self.level.unnamed)
        return rules

    @property
    def recognised(self) -> str:
        """The preset's title where the headings told or the caller named it, and the sheet that was read."""
        title = self.preset.title if self.preset else ""
        if not self.sheet:
            return title
        return (
            _("%(title)s, sheet “%(sheet)s”") % {"title": title, "sheet": self.sheet}
            if title
            else (_("sheet “%(sheet)s”") % {"sheet": self.sheet})
        )

    @property
    def headings(self) -> list[str]:
        """The file's columns that are read, each once."""
        return list(dict.fromkeys(name for names in self.sources.values() for name in names))


def make_plan(*, kind: str, headings: Sequence[str], overrides: Overrides) -> Plan:
    """Raises BadFile when a required column is missing or an option names what does not exist."""
    plan, missing = draft_plan(kind=kind, headings=headings, overrides=overrides)
    if missing:
        raise BadFile(
            _("The file has no column %(missing)s. It has: %(columns)s.")
            % {"missing": ", ".join(missing), "columns": _shown(headings)},
            remedy="column",
            first=missing[0],
        )
    return plan


def draft_plan(*, kind: str, headings: Sequence[str], overrides: Overrides) -> tuple[Plan, list[str]]:
    """The plan as far as it goes, and the required columns that it lacks. Raises BadFile."""
    fields = import_kind(kind).fields(datetime.now(tz=ZoneInfo("UTC")))
    ours = {spec.name for spec in fields}
    ours |= {beside[name] for beside in (WITH_TIME, WITH_ZONE) for name in ours & set(beside)}
    preset = _preset(kind, headings=headings, overrides=overrides, ours=ours)
    sources = _by_name(headings, ours)
    if preset is not None:
        ours |= {*preset.rules.get("keep", {}), *preset.rules.get("skip", {})}
        known = _by_preset(preset, headings, ours)
        sources = (
            {**(sources if preset.system == GENERIC or overrides.preset else {}), **known}
            if (preset.system != GENERIC)
            else {**known, **sources}
        )
    sources = _with_common_words(kind, fields, headings=headings, sources=sources, preset=preset, ours=ours)
    sources = _without(sources, {theirs for theirs, name in overrides.mapping if name == NOT_USED})
    sources |= _by_hand(kind, headings=headings, ours=fields, overrides=overrides)
    constants = dict(preset.constants) if preset else {}
    if preset is not None and preset.system == GENERIC and "currency" not in sources:
        constants |= _currency(sources)
    is_system = preset is not None and preset.system != GENERIC
    level = None
    if kind == "orders":
        rules = preset.rules if preset else Rules()
        level = order_level({**dict.fromkeys(constants, ()), **sources}, is_system=is_system, rules=rules)
        sources = {name: headings for name, headings in level.sources.items() if headings}
        constants = {name: text for name, text in constants.items() if name in level.sources}
        constants |= level.constants
    optional = {"member_no"} if is_system and kind == "orders" else set()  # some exports name no buyer
    there = {*sources, *constants, *optional}
    missing = [spec.name for spec in fields if spec.required and not there & {spec.name, *spec.instead}]
    _check_unique(headings, sources)
    used = {name for names in sources.values() for name in names}
    used.update(packed_columns(preset.packed, headings) if preset else ())
    plan = Plan(
        kind=kind, sources=sources, preset=preset, constants=constants, date_order=overrides.date_order,
        level=level,
        values=_values(preset, overrides=overrides, sources=sources),
        unused=tuple(name for name in dict.fromkeys(headings) if name.strip() and name not in used),
    )  # fmt: skip
    return plan, missing


def _without(sources: Mapping[str, tuple[str, ...]], headings: set[str]) -> dict[str, tuple[str, ...]]:
    left = {name: tuple(one for one in theirs if one not in headings) for name, theirs in sources.items()}
    return {name: theirs for name, theirs in left.items() if theirs}


def _preset(kind: str, *, headings: Sequence[str], overrides: Overrides, ours: set[str]) -> Preset | None:
    if overrides.preset is not None:
        if overrides.preset not in all_presets():
            raise BadFile(
                _("The system %(preset)s is unknown; there are: %(known)s.")
                % {"preset": overrides.preset, "known": ", ".join(system_names())},
                remedy="preset",
            )
        return all_presets()[overrides.preset].get(kind)
    if recognised := recognise(kind=kind, headings=headings):
        return recognised
    by_hand = {theirs for theirs, _ours in overrides.mapping}
    own = set(map(plain_heading, ours))
    others = [name for name in headings if plain_heading(name) not in own]
    generic = all_presets()[GENERIC].get(kind)
    known = generic.known_headings() if generic is not None else frozenset()
    if not any(
        {plain_heading(name), bare_heading(name)[0]} & known for name in others if name not in by_hand
    ):
        return None
    return generic


def _by_name(headings: Sequence[str], ours: set[str]) -> dict[str, tuple[str, ...]]:
    plain = {plain_heading(name): name for name in ours}
    return {plain[key]: (name,) for name in reversed(headings) if (key := plain_heading(name)) in plain}


def _by_preset(preset: Preset, headings: Sequence[str], ours: set[str]) -> dict[str, tuple[str, ...]]:
    theirs = {plain_heading(name): name for name in reversed(headings)}
    if preset.system == GENERIC:
        bare = {bare_heading(name)[0]: name for name in reversed(headings)}
        taxed = {key: name for name in reversed(headings) if (key := heading_without_tax(name))}
        theirs = taxed | bare | theirs
    sources: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for name, candidates in preset.columns_for(headings).items():
        there = [theirs[key] for heading in candidates if (key := plain_heading(heading)) in theirs]
        if preset.system == GENERIC:  # one column means one thing
            there = [heading for heading in there if heading not in taken][:1]
            taken.update(there)
        if there and name in ours:
            sources[name] = tuple(dict.fromkeys(there))
    names = set(map(plain_heading, preset.rules.get("name_beside_contact", ())))
    if "buyer_name" not in sources and sources.get("member_no"):
        beside = [theirs[key] for key in names if key in theirs and theirs[key] not in taken]
        sources |= {"buyer_name": (beside[0],)} if beside else {}
    if {"email", "phone"} & set(sources) and plain_heading(sources.get("member_no", ("",))[0]) in names:
        heading = sources.pop("member_no")
        sources.setdefault("buyer_name", heading)
    return sources


def _currency(sources: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The currency that headings of amounts name, where they name one."""
    currencies = {bare_heading(heading)[1] for headings in sources.values() for heading in headings} - {""}
    return {"currency": currencies.pop()} if len(currencies) == 1 else {}


def _with_common_words(
    kind: str,
    fields: Sequence[Field],
    *,
    headings: Sequence[str],
    sources: dict[str, tuple[str, ...]],
    preset: Preset | None,
    ours: set[str],
) -> dict[str, tuple[str, ...]]:
    """Where a system's preset finds a required column nowhere, the common words for it, in columns not used
    yet.
    """
    generic = all_presets()[GENERIC].get(kind)
    if preset is None or preset.system == GENERIC or generic is None:
        return sources
    missing = [
        spec.name
        for spec in fields
        if spec.required and not {spec.name, *spec.instead} & ({*sources} | {*preset.constants})
    ]
    used = {name for names in sources.values() for name in names}
    common = _by_preset(generic, [name for name in headings if name not in used], ours)
    return {**sources, **{name: common[name] for name in missing if name in common}}


def _by_hand(
    kind: str, *, headings: Sequence[str], ours: Sequence[Field], overrides: Overrides
) -> dict[str, tuple[str, ...]]:
    names = {spec.name for spec in ours} | {*WITH_TIME.values(), *WITH_ZONE.values()}
    plain = {plain_heading(name): name for name in reversed(headings)}
    sources: dict[str, tuple[str, ...]] = {}
    for theirs, name in overrides.mapping:
        if name == NOT_USED:
            continue
        if name not in names:
            raise BadFile(
                _("%(kind)s have no column %(name)s. They have: %(ours)s.")
                % {"name": name, "kind": kind, "ours": ", ".join(f.name for f in ours)},
                remedy="mapping",
                theirs=theirs,
                name=name,
            )
        heading = theirs if theirs in headings else plain.get(plain_heading(theirs))
        if heading is None:
            raise BadFile(
                _("The file has no column %(missing)s. It has: %(columns)s.")
                % {"missing": theirs, "columns": _shown(headings)},
                remedy="mapping",
                theirs=theirs,
                name=name,
            )
        sources[name] = (heading,)
    return sources


def _check_unique(headings: Sequence[str], sources: Mapping[str, tuple[str, ...]]) -> None:
    used = {theirs for names in sources.values() for theirs in names}
    twice = sorted(theirs for theirs in used if list(headings).count(theirs) > 1)
    if twice:
        raise BadFile(
            _("The file has the column %(twice)s more than once; rename one of them.")
            % {"twice": ", ".join(twice)}
        )


def _values(
    preset: Preset | None, *, overrides: Overrides, sources: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, str]]:
    tables = {name: dict(table) for name, table in (preset.values if preset else {}).items()}
    for column, theirs, ours in overrides.values:
        if column not in sources:
            raise BadFile(
                _("No column of the file is read as %(column)s.") % {"column": column},
                remedy="value",
                column=column,
                theirs=theirs,
                ours=ours,
            )
        tables.setdefault(column, {})[theirs.casefold()] = ours
    return tables


def _shown(columns: Sequence[str]) -> str:
    return ", ".join(" ".join(name.split())[:40] for name in columns[:40])
