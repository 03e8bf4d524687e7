"""Every published figure again: ``make bench [ONLY=fraud,serving] [DATA=folder] [SHORT=1]``.

Runs the benchmarks of BENCHMARKS, or those that ONLY names. Data sets that do not
come with the program are looked for under DATA, which a benchmark reads as ``BENCH_DATA``.
Each writes ``var/benchmarks/NAME.json`` (benchmarks/results.py).
"""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.names import BENCHMARKS


def chosen(*, only: str) -> list[str]:
    """The benchmarks that ``only`` names, separated by commas, or all; [] if a name is unknown."""
    wanted = [name for name in only.split(",") if name] or list(BENCHMARKS)
    return wanted if all(name in BENCHMARKS for name in wanted) else []


def main() -> int:
    only = os.environ.get("BENCH_ONLY", "")
    names = chosen(only=only)
    if not names:
        print(f"ONLY={only}: no such benchmark; there are: {', '.join(chosen(only=''))}.", file=sys.stderr)
        return 1
    failed = []
    for name in names:
        print(f"=== {name}", flush=True)
        if (
            subprocess.run([sys.executable, "-m", f"benchmarks.{BENCHMARKS[name]}"], check=False).returncode
            != 0
        ):
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
