from __future__ import annotations

import json
import re
from pathlib import Path

from django.conf import settings

from membership.rules.behaviours import ARGUMENTS
from membership.rules.json_form import from_json, to_json
from membership.rules.language import parse, render
from membership.rules.registry import segment_fields

PAGE = (Path(settings.BASE_DIR) / "docs" / "reference" / "segment-rules.md").read_text(encoding="utf-8")


def test_the_reference_names_every_field_and_argument() -> None:
    named = set(re.findall(r"[a-z_0-9]+(?:\.[a-z]+)*", PAGE))
    fields = {name for name in segment_fields() if not name.startswith("consent.")}
    arguments = {argument for arguments in ARGUMENTS.values() for argument in arguments}
    assert fields | arguments | set(ARGUMENTS) <= named


def test_the_references_example_is_the_same_in_both_forms() -> None:
    text = PAGE.split("```\n")[1].strip()
    data = json.loads(PAGE.split("```json\n")[1].split("```")[0])
    assert to_json(parse(text)) == to_json(from_json(data)) == data
    assert parse(render(from_json(data))) == parse(text)
