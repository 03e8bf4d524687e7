"""Every published figure again: ``make bench [ONLY=fraud] [DATA=folder]``.

Runs ``python -m benchmarks.<name>`` for each module beside this one, or for those that ONLY names. Data sets
that do not come with the program are looked for under DATA, which a benchmark reads as ``BENCH_DATA``.
"""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys

import benchmarks


def chosen(*, only: str) -> list[str]:
    """The benchmarks called ``only``, or all; [] if there is none of that name."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    public = [name for name in names if not name.startswith("_")]
    return [name for name in public if only in ("", name)]


def main() -> int:
    only = os.environ.get("BENCH_ONLY", "")
    names = chosen(only=only)
    if not names:
        print(f"ONLY={only}: no such benchmark; there are: {', '.join(chosen(only=''))}.", file=sys.stderr)
        return 1
    failed = []
    for name in names:
        print(f"=== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
