"""Run the tests marked ``numerics`` with each kind of kernel this processor has, and with 1 and 2 threads.

OpenBLAS (numpy, scipy), ATen and oneDNN (torch) choose their kernels by the processor. What one batch writes
must differ from another's by no more than learning/rounding.py says, whichever they choose.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
AT_ONCE = 2
AVX512 = {"avx512f", "avx512bw", "avx512dq", "avx512vl"}
THREADS = ({"OMP_NUM_THREADS": "1"}, {"OMP_NUM_THREADS": "2"})
KERNELS = (
    ({"sse4_2"}, "Nehalem", "default", "SSE41"),
    ({"avx2", "fma"}, "Haswell", "avx2", "AVX2"),
    (AVX512, "SkylakeX", "avx512", "AVX512_CORE"),
)
"""What the processor must have, and OPENBLAS_CORETYPE, ATEN_CPU_CAPABILITY and ONEDNN_MAX_CPU_ISA."""


def main() -> int:
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if "mark.numerics" in path.read_text()]
    started = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failed = sum(pool.map(lambda setting: run(setting, tests), settings(features())))
    print(f"{len(tests)} files of tests, {failed} settings failed, {time.monotonic() - started:.0f} s")
    return min(failed, 1)


def settings(has: set[str]) -> list[Mapping[str, str]]:
    """The processor's own choice with one thread and with two; then each kernel, threads taking turns."""
    variants: list[Mapping[str, str]] = [*THREADS]
    for number, (needed, blas, aten, onednn) in enumerate(KERNELS):
        if needed <= has:
            names = {"OPENBLAS_CORETYPE": blas, "ATEN_CPU_CAPABILITY": aten, "ONEDNN_MAX_CPU_ISA": onednn}
            variants.append({**names, **THREADS[(number + 1) % 2]})
    return variants


def features() -> set[str]:
    """What Linux says an x86 processor has; other machines have one kind of kernel only."""
    if platform.machine() not in ("x86_64", "AMD64") or not Path("/proc/cpuinfo").exists():
        return set()
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def run(setting: Mapping[str, str], tests: list[Path]) -> bool:
    """Whether the tests fail with ``setting``.

    An OpenBLAS kernel named by the machine's environment stays: the automatic choice may be wrong there.
    """
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("ATEN_", "ONEDNN_", "OMP_"))
    }
    kept = {name for name in ours if name.startswith("OPENBLAS_")}
    setting = {name: value for name, value in setting.items() if name not in kept}
    command = [sys.executable, "-m", "pytest", "-q", "-m", "numerics", *map(str, tests)]
    done = subprocess.run(command, cwd=ROOT, env={**ours, **setting}, capture_output=True, text=True)
    last = done.stdout.strip().splitlines()[-1:] or [done.stderr]
    print(" ".join(f"{name}={value}" for name, value in setting.items()), "-", *last, flush=True)
    if done.returncode:
        print(done.stdout, done.stderr, flush=True)
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
