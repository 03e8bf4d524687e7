from __future__ import annotations

import os
import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from membership.models import Category
from membership.rules.behaviours import ARGUMENTS
from membership.rules.checking import OPERATORS_OF, check_rule, everything
from membership.rules.compiling import members_of
from membership.rules.language import parse, render
from membership.rules.nodes import Behaviour, Condition, Node, walk
from membership.rules.registry import segment_fields
from tests.membership.rules.random_cases.evaluator import Evaluator
from tests.membership.rules.random_cases.random_rules import Generator
from tests.membership.rules.random_cases.random_shop import make_shop, read_people

pytestmark = pytest.mark.django_db

RULES = int(os.environ.get("RANDOM_RULES", "900"))
"""How many are tried in all; RANDOM_RULES=6000 is the long run."""


def uses(rule: Node) -> list[str]:
    """The fields, operators by type and behaviours in one rule."""
    fields = segment_fields()
    used = []
    for node, _depth in walk(rule):
        if isinstance(node, Condition):
            used += [node.field, f"{fields[node.field].type} {node.op}"]
        elif isinstance(node, Behaviour):
            used += [node.name, *(f"{node.name} {name}" for name, _value in node.arguments)]
    return used


@pytest.mark.parametrize(
    ("zone", "as_of"),
    [
        ("America/New_York", datetime(2026, 3, 8, 17, 30, tzinfo=UTC)),  # the day that has no 2:30
        ("Asia/Shanghai", datetime(2026, 2, 27, 17, 30, tzinfo=UTC)),  # already the 28th there
        ("UTC", datetime(2025, 12, 30, 12, tzinfo=UTC)),
    ],
)
def test_random_rules_find_the_members_that_a_slow_evaluator_finds(settings, zone, as_of) -> None:
    settings.TIME_ZONE = zone
    rng = random.Random(f"{zone} {RULES}")  # noqa: S311  # a seed, not a secret
    make_shop(members=40, rng=rng, as_of=as_of)
    people = read_people()
    evaluator = Evaluator(as_of, dict(Category.objects.values_list("pk", "path")))
    not_empty = 0

    for rule in Generator(rng).rules(RULES // 3):
        checked = check_rule(parse(render(rule)), as_of=as_of, may=everything)
        expected = {person.member.member_no for person in people if evaluator.holds(rule, person)}
        numbers = list(members_of(checked, as_of=as_of).values_list("member_no", flat=True))
        assert set(numbers) == expected, render(rule)
        assert len(numbers) == len(set(numbers))
        not_empty += bool(numbers)

    assert not_empty > RULES // 3 / 2


def test_the_generator_asks_everything_of_every_field_often() -> None:
    seen: Counter[str] = Counter()
    for rule in Generator(random.Random(5)).rules(8_000):  # noqa: S311  # a seed, not a secret
        seen.update(uses(rule))

    own = [field for field in segment_fields().values() if field.rows.__module__.startswith("membership.")]
    wanted = {f"{field.type} {op}" for field in own for op in OPERATORS_OF[field.type]}
    wanted |= {field.name for field in own} | set(ARGUMENTS)
    wanted |= {f"{name} {argument}" for name, arguments in ARGUMENTS.items() for argument in arguments}
    assert {name for name in wanted if seen[name] < 50} == set()
