from __future__ import annotations

import numpy as np

from learning.measuring import measured


def test_memory_that_the_block_used_is_seen():
    with measured() as idle:
        pass
    with measured() as busy:
        held = np.ones(16_000_000)  # 122 MiB
        held += 1

    assert busy.peak_rss_mb > idle.peak_rss_mb + 100
    assert busy.wall_seconds > 0
    assert busy.cpu_seconds > 0
