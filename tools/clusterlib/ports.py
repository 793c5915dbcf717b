"""Ports of 127.0.0.1."""
import contextlib
import pathlib
import random
import socket

HOST = "127.0.0.1"
LOWEST = 10000  # well-known services are below


_held: list[socket.socket] = []  # until we end, so that nobody else chooses a port that its program has not taken yet


def in_use(port: int) -> bool:
    """Whether a program listens on the port. Connections that have ended (TIME_WAIT) don't count."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except OSError:
            return True
        return False


def free(count: int) -> list[str]:
    """Returns addresses with so many different free ports, and holds them.

    They are below the range that the kernel uses for outgoing connections. A port of that range could become some
    connection's while our program is dead, and then the program could not start again.
    """
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    found: list[str] = []
    while len(found) < count:
        port = random.randrange(LOWEST, max(first, 2 * LOWEST))
        sock = socket.socket()
        with contextlib.suppress(OSError):
            sock.bind((HOST, port))  # fails if anybody else holds it
            # From now on a program can listen there that has this option, too. etcd, gRPC and asyncio have.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _held.append(sock)
            found.append(f"{HOST}:{port}")
    return found
