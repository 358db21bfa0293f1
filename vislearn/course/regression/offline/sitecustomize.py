"""A laptop without internet: a Python started with this folder on PYTHONPATH talks to itself alone.

Python imports a module of this name before anything else. The audit hook sees every socket of the process,
also those of modules that were imported from C, and nothing can take it away again.
"""

import ipaddress
import sys

__all__ = ["ACTIVE", "Offline"]

ACTIVE = True
_CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_LOOKING_UP = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


class Offline(OSError):
    """What a machine without a network says, so that code which copes with that still copes."""


def _is_here(host: str | bytes | None) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost", "0.0.0.0", "::"):  # the last two: to listen everywhere
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse(event: str, arguments: tuple) -> None:
    if event in _CONNECTING:
        # a path is a Unix socket, None an address given earlier; the others are (host, port, …)
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in _LOOKING_UP:
        host = arguments[0]
    else:
        return
    if not _is_here(host):
        raise Offline(
            f"no network in this test: {event} to {host!r} refused. Lessons must run without internet: "
            "use bundled data, or show what is missing."
        )


sys.addaudithook(_refuse)
