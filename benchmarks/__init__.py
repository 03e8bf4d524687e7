"""Published figures, one script each."""

import os
import sys

# as the program itself does (config/settings), and for peers alike
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# the short form: one thread, so that sums are added in one order; set before numpy and torch are loaded
if "--short" in sys.orig_argv or os.environ.get("SHORT") == "1":
    os.environ["SHORT"] = "1"
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
