"""Published figures, one script each."""

import os

# as the program itself does (config/settings.py), and for peers alike
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
