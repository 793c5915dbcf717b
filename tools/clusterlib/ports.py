"""Ports of 127.0.0.1."""
import contextlib
import pathlib
import random
import socket

HOST = "127.0.0.1"
LOWEST = 10000  # well-known services are below


def _bind(port: int) -> socket.socket:
    """Binds a port. Raises OSError if a program listens on it, but not for connections that have ended (TIME_WAIT)."""
    sock = socket.socket()
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
    except OSError:
        sock.close()
        raise
    return sock


def in_use(port: int) -> bool:
    """Whether a program listens on the port."""
    try:
        _bind(port).close()
    except OSError:
        return True
    return False


def free(count: int) -> list[str]:
    """Returns addresses with so many different free ports.

    They are below the range that the kernel uses for outgoing connections. A port of that range could become some
    connection's while our program is dead, and then the program could not start again.
    """
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    with contextlib.ExitStack() as taken:
        found: list[str] = []
        while len(found) < count:
            port = random.randrange(LOWEST, max(first, 2 * LOWEST))
            with contextlib.suppress(OSError):
                taken.enter_context(_bind(port))
                found.append(f"{HOST}:{port}")
    return found
