"""Published figures, one script each."""

import os

# as the program itself does (config/settings), and for peers alike
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
