"""The code on the how-to pages is run as it stands there."""

from __future__ import annotations

import re
import sys
import textwrap
import types
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.urls import include, path
from django.utils import timezone

from membership.models import Event, Segment
from membership.rules import registry as fields
from membership.segments.by_rule import refresh
from registry import families
from registry.models import ModelVersion
from registry.services.runs import execute_run, request_run
from tests.api_client import key_client, member_client
from tests.factories import MemberFactory, OrderFactory, OrderItemFactory, ProductFactory

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
BLOCK = re.compile(r"^( *)```(?:python|html)\n(.*?)^ *```", flags=re.MULTILINE | re.DOTALL)


def blocks(page: str) -> dict[str, str]:
    """The file named in a block's first line -> its text."""
    text = (HOW_TO / page).read_text(encoding="utf-8")
    blocks = {}
    for match in BLOCK.finditer(text):
        code = textwrap.dedent(match[2])
        blocks[code.split("\n", 1)[0].strip("#<!-> ")] = code
    return blocks


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads a page's Python files as modules under the names that they would have."""

    def load(page: str) -> dict[str, types.ModuleType]:
        loaded = {}
        for file, code in blocks(page).items():
            if not file.endswith(".py"):
                continue
            name = file.removesuffix(".py").replace("/", ".")
            module = types.ModuleType(name)
            monkeypatch.setitem(sys.modules, name, module)
            exec(compile(code, file, "exec"), module.__dict__)  # noqa: S102  # the page under test
            loaded[file] = module
        return loaded

    return load


@pytest.mark.django_db
def test_a_segment_field_can_be_used_in_a_rule(modules: Any, monkeypatch: pytest.MonkeyPatch):
    (module,) = modules("add-a-segment-field.md").values()
    monkeypatch.setitem(fields._fields, "pages_seen_30d", module.FIELD)
    often, once, never = (MemberFactory() for _ in range(3))
    now = timezone.now()
    for member, days in ((often, (1, 2)), (once, (1,)), (never, (40, 50))):
        for day in days:
            Event.objects.create(
                member=member, product=ProductFactory(), type="view", occurred_at=now - timedelta(days=day)
            )
    segment = rule_segment("pages_seen_30d >= 2")
    refresh(segment=segment)
    assert members_of(segment) == {often.pk}


@pytest.mark.django_db
def test_a_panel_draws_what_was_bought(modules: Any):
    (module,) = modules("add-a-panel.md").values()
    template = next(code for file, code in blocks("add-a-panel.md").items() if file.endswith(".html"))
    template = template.split("\n", 1)[1]
    item = OrderItemFactory()
    drawn = engines["django"].from_string(template).render(module.favourite(item.member))
    assert item.category.name in drawn
    assert "Nothing bought yet." in engines["django"].from_string(template).render(
        module.favourite(MemberFactory())
    )
    assert module.FAVOURITE.template == "membership/panels/favourite.html"


@pytest.mark.django_db
def test_a_route_answers_to_those_who_may(modules: Any, settings: Any):
    (module,) = modules("add-an-api-route.md").values()
    urls = types.ModuleType("urls_with_the_route")
    urls.urlpatterns = [  # type: ignore[attr-defined]  # a made-up module
        path("api/v1/members/<uuid:id>/favourite-category/", module.FavouriteView.as_view()),
        path("", include("config.urls")),
    ]
    for name in ("handler400", "handler403", "handler404", "handler500"):
        setattr(urls, name, getattr(__import__("config.urls", fromlist=[name]), name))
    settings.ROOT_URLCONF = urls
    item = OrderItemFactory()
    url = f"/api/v1/members/{item.member.public_id}/favourite-category/"
    assert key_client("members:read").get(url).json() == {"category": item.category.path, "lines": 1}
    assert member_client(item.member).get(url).status_code == 200
    assert member_client(MemberFactory()).get(url).status_code == 404
    assert key_client("orders:read").get(url).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_family_trains_goes_live_and_writes_back(modules: Any, monkeypatch: pytest.MonkeyPatch):
    files = modules("add-a-model-family.md")
    family = files["membership/segments/learned/promising.py"].FAMILY
    monkeypatch.setitem(families._families, family.name, family)
    loyal, new = MemberFactory(), MemberFactory()
    now = timezone.now()
    for days in (1, 30, 40, 50, 60, 70):
        OrderFactory(member=loyal, placed_at=now - timedelta(days=days))
    OrderFactory(member=new, placed_at=now - timedelta(days=45))
    run = execute_run(run=request_run(family="promising")[0])
    assert run.error == ""
    assert ModelVersion.objects.live("promising").exists()
    assert members_of(Segment.objects.get(key="promising")) == {loyal.pk}


def rule_segment(text: str) -> Segment:
    from membership.models import SegmentVersion
    from membership.rules.checking import everything
    from membership.rules.json_form import to_json
    from membership.rules.reading import read_rule

    segment = Segment.objects.create(key="tried", name="tried", kind=Segment.Kind.DYNAMIC)
    SegmentVersion.objects.create(
        segment=segment, number=1, rule=to_json(read_rule(text=text, may=everything))
    )
    return segment


def members_of(segment: Segment) -> set[int]:
    return set(segment.memberships.current().values_list("member_id", flat=True))
