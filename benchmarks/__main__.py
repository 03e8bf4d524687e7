"""Every published figure again: ``make bench [ONLY=fraud] [DATA=folder]``.

Runs the benchmarks of BENCHMARKS, or those that ONLY names. Data sets that do not
come with the program are looked for under DATA, which a benchmark reads as ``BENCH_DATA``.
"""

from __future__ import annotations

import os
import subprocess
import sys

BENCHMARKS = {
    "checkout": "checkout",
    "demo_fraud_difficulty": "fraud.demo_difficulty",
    "forecasts": "forecasts.published",
    "fraud": "fraud.demo_shop",
    "fraud_published": "fraud.published",
    "fraud_speed": "fraud.speed",
    "gan": "recommendations.gan",
    "import_orders": "importing.orders",
    "leave_last_out": "recommendations.leave_last_out",
    "recommendation_reasons": "recommendations.reasons",
    "recommendation_speed": "recommendations.speed",
    "recommendations": "recommendations.demo_shop",
    "repeat_purchases": "recommendations.repeat_purchases",
    "segment_models": "segments.by_models",
    "segments": "segments.large_shop",
    "serving": "recommendations.serving",
}
"""What ONLY calls a benchmark -> its module, below this package."""


def chosen(*, only: str) -> list[str]:
    """The benchmarks called ``only``, or all; [] if there is none of that name."""
    return [name for name in BENCHMARKS if only in ("", name)]


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
