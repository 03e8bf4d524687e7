"""Remove environments, caches and all local data: ``python -m deploy.cleaning PATH...`` (``make clean``)."""

import shutil
import sys
from pathlib import Path

from deploy.locks import regulars_is_running

CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache")
KEPT = {".git", ".venv", ".venv-peers"}  # not searched for byte code


def remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def main() -> None:
    if regulars_is_running():
        sys.exit("Regulars is running: stop it first.")
    for name in (*sys.argv[1:], "var", *CACHES):
        remove(Path(name))
    for folder in [path for path in Path().rglob("__pycache__") if not KEPT & set(path.parts)]:
        remove(folder)


if __name__ == "__main__":
    main()
