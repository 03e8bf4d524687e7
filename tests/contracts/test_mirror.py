"""Tests mirror the tree: ``fraud/services/scoring.py`` has ``tests/fraud/services/test_scoring.py``."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PACKAGES = (
    "config",
    "fraud",
    "recommendations",
    "forecasts",
    "connectors",
    "importing",
    "membership",
    "registry",
    "learning",
)
MIRRORED = {"services", "ml", "rules", "pages", "api", "kinds", "files", "drafting", "editing", "learned"}
"""Folders whose every module has a file of tests of its own."""
ROUTES = "routes; tests/config/test_urls_are_protected.py calls every one"
WITHOUT = {
    "config/api/urls.py": ROUTES,
    "connectors/api/urls.py": ROUTES,
    "forecasts/api/urls.py": ROUTES,
    "fraud/api/urls.py": ROUTES,
    "membership/duplicates/api/urls.py": ROUTES,
    "membership/loyalty/api/urls.py": ROUTES,
    "membership/segments/api/urls.py": ROUTES,
    "recommendations/api/urls.py": ROUTES,
    "registry/api/urls.py": ROUTES,
    "fraud/api/rule_serializers.py": "covered by tests/fraud/api/test_rule_views.py",
    "fraud/api/serializers.py": "covered by tests/fraud/api/test_views.py",
    "importing/api/preview_serializers.py": "covered by tests/importing/api/test_views.py",
    "importing/api/serializers.py": "covered by tests/importing/api/test_views.py",
    "importing/api/urls.py": ROUTES,
    "importing/pages/correcting.py": "covered by tests/importing/pages/test_report.py",
    "importing/pages/undoing.py": "covered by tests/importing/pages/test_report.py",
    "importing/pages/urls.py": "routes; tests/importing/pages",
    "importing/pages/words.py": "texts; tests/e2e/test_imports.py reads them on the page",
    "importing/files/reading.py": "covered by tests/importing/test_files.py",
    "membership/duplicates/api/serializers.py": "covered by tests/membership/duplicates/api/test_views.py",
    "membership/orders/api/change_serializers.py":
        "covered by tests/membership/orders/api/test_change_views.py",
    "membership/loyalty/api/coupon_serializers.py":
        "covered by tests/membership/loyalty/api/test_coupon_views.py",
    "membership/loyalty/api/rule_serializers.py":
        "covered by tests/membership/loyalty/api/test_rule_views.py",
    "membership/segments/api/draft_serializers.py":
        "covered by tests/membership/segments/api/test_draft_views.py",
    "membership/segments/drafting/shop_words.py":
        "a table; tests/membership/segments/drafting/test_vocabulary.py",
    "membership/segments/drafting/tokens.py": "types; tests/membership/segments/drafting/test_lexing.py",
    "recommendations/api/serializers.py": "covered by tests/recommendations/api/test_experiments.py",
    "recommendations/api/views.py": "a file of tests for each kind of list, in tests/recommendations/api",
    "recommendations/ml/recommender.py": "a protocol; tests/contracts/test_recommenders.py",
    "recommendations/ml/surfaces.py": "two names; tests/contracts/test_choices.py",
    "registry/api/serializers.py": "covered by tests/registry/api/test_views.py",
}  # fmt: skip


def modules() -> list[Path]:
    """The modules that need a file of tests, relative to the root."""
    files = (path.relative_to(ROOT) for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")))
    return [path for path in files if path.stem != "__init__" and MIRRORED & set(path.parts[:-1])]


def mirror(module: Path) -> Path:
    return Path("tests", *module.parts[:-1], f"test_{module.name}")


def test_every_module_has_a_file_of_tests_beside_it() -> None:
    missing = [str(module) for module in modules() if not (ROOT / mirror(module)).is_file()]
    assert sorted(set(missing) - set(WITHOUT)) == []


def test_no_exception_is_out_of_date() -> None:
    existing = {str(module) for module in modules()}
    assert sorted(set(WITHOUT) - existing) == []
    assert [name for name in WITHOUT if (ROOT / mirror(Path(name))).is_file()] == []


def test_what_covers_a_module_exists() -> None:
    named = [word.rstrip(":;,") for reason in WITHOUT.values() for word in reason.split() if "tests/" in word]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_folder_of_tests_belongs_to_a_folder_of_the_program() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    own = {"benchmarks", "contracts", "demo", "deploy", "docs", "e2e", "reliability"}
    without = {
        "importing/systems", "importing/writers",  # exports of other systems, and tests of them
        "membership/orders/random_cases", "membership/rules/random_cases",  # a second way to the answer
    }  # fmt: skip
    strange = [str(folder) for folder in folders if folder.parts and folder.parts[0] not in own
               and not (ROOT / folder).is_dir()]  # fmt: skip
    assert sorted(set(strange) - without) == []
