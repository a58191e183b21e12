"""Loopback ports that a folder's servers keep for good, so that clients find them again after a restart."""

import json
import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
# Below the range from which systems take ports for outgoing connections: there, a client that keeps knocking at a stopped
# server can be given the server's own port and connect to itself.
_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Can a server listen there now?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def ports_of(folder: Path, *names: str) -> dict[str, int]:
    """One port per name, as chosen at first; chosen anew when one of them was taken by somebody else meanwhile."""
    file = folder / "ports.json"
    if file.exists():
        ports: dict[str, int] = json.loads(file.read_text())
        if set(names) <= ports.keys() and all(is_free(ports[name]) for name in names):
            return ports
    chosen: list[int] = []
    for port in random.sample(_RANGE, len(_RANGE)):
        if len(chosen) == len(names):
            break
        if is_free(port):
            chosen.append(port)
    ports = dict(zip(names, chosen, strict=True))
    file.write_text(json.dumps(ports))
    return ports
