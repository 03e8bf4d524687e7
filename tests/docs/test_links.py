"""Links and code paths in the documentation lead somewhere."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]+\.(?:py|md|json|html|toml|svg|po|css|js)|[\w-]+\.md|Makefile")
FOLDER = re.compile(r"(?:membership|config|registry|learning|docs|tests|benchmarks|demo)/(?:[\w.-]+/)*")
DOTTED = re.compile(r"(?:membership|config|registry|learning|fraud|recommendations|forecasts|demo)(?:\.\w+)+")
MADE = ("var/",)
"""What is made at run time and stands in no repository."""
EXAMPLES = re.compile(r"NAME|item_knn|pages_seen|favourite")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_resolve(page: Path):
    for target in LINK.findall(text_of(page)):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{name_of(page)} links to {target}"
        if anchor:
            assert anchor in anchors(linked), f"{name_of(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_paths_in_code_marks_exist(page: Path):
    for code in CODE.findall(text_of(page)):
        if not PATH.fullmatch(code) or code.startswith(MADE) or EXAMPLES.search(code):
            continue
        assert (ROOT / code).exists() or (page.parent / code).exists(), f"{name_of(page)} names {code}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_folders_and_dotted_names_exist(page: Path):
    for code in CODE.findall(text_of(page)):
        if FOLDER.fullmatch(code):
            assert (ROOT / code).is_dir(), f"{name_of(page)} names {code}"
        elif DOTTED.fullmatch(code) and not EXAMPLES.search(code):
            assert is_known(code), f"{name_of(page)} names {code}"


def is_known(name: str) -> bool:
    """A module, something in one, a model by its app's label, a permission, or a task by its fixed name."""
    if name in current_app.tasks:
        return True
    parts = name.split(".")
    if len(parts) == 2 and (parts[1].lower() in apps.all_models[parts[0]] or is_permission(name)):
        return True
    for length in range(len(parts), 0, -1):
        try:
            target = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(target, part):
                return False
            target = getattr(target, part)
        return True
    return False


def is_permission(name: str) -> bool:
    app, _, codename = name.partition(".")
    models = apps.get_app_config(app).get_models() if app in apps.app_configs else ()
    return codename in {
        code
        for model in models
        for code in (
            *(f"{verb}_{model._meta.model_name}" for verb in model._meta.default_permissions),
            *(own for own, _title in model._meta.permissions),
        )
    }
