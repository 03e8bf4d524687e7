"""``python -m config.running``: what ``make run`` starts.

It does without the applications of Django, whose set-up takes a second and 70 MB: the processes that it
starts need them, the one that looks after these does not.
"""

from __future__ import annotations

import argparse
import os
import sys

EXAMPLE = "Example: python -m config.running --port 8001"


def main(arguments: list[str] | None = None) -> int:
    """The exit code; what stands in the way of a start is said in one line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.running.processes import AlreadyRunningError, PortBusyError, run
    from config.setting_up.options import SetupOptions
    from config.setting_up.runner import PhaseError

    parser = argparse.ArgumentParser(prog="python -m config.running", epilog=EXAMPLE)
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", default=os.environ.get("PORT", "8000"), help="default: PORT, else 8000")
    given = parser.parse_args(arguments)
    port = str(given.port)
    try:
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise PortBusyError(f"PORT={port!r} is no port; it is a number from 1 to 65535, such as 8001.")
        SetupOptions.from_environment()  # a mistyped option is said before anything starts
        return run(host=given.host, port=int(port))
    except (AlreadyRunningError, PhaseError, PortBusyError) as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    sys.exit(main())
