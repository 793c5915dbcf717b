"""What a client prints when it meets something else than our server: pasted.py CLIENT.

These are texts of gRPC itself that people paste into a search; docs/errors.md explains them. Each server
here is a socket that answers one call with frames written by hand."""
import concurrent.futures
import contextlib
import pathlib
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import h2  # noqa: E402

CLIENT = sys.argv[1]
SECONDS = 60.0  # bounds a failure
INTERNAL_ERROR, REFUSED_STREAM = 2, 7  # HTTP/2 error codes
Speak = Callable[[socket.socket, int], None]


def then_close(client: socket.socket, stream: int) -> None:
    """A server that dies while it handles the call."""
    h2.response((":status", "200"), GRPC, last=False)(client, stream)
    client.shutdown(socket.SHUT_RDWR)


def reset(code: int) -> Speak:
    """Resets the stream."""
    return lambda client, stream: client.sendall(h2.frame(h2.RST_STREAM, 0, stream, struct.pack(">I", code)))


def serve_http1(listener: socket.socket, _: Speak) -> None:
    """A web server that knows HTTP/1.1 alone, such as Python's http.server."""
    while True:
        client = listener.accept()[0]
        with client, contextlib.suppress(OSError):  # the client closes it as soon as it understands
            client.recv(24)
            client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            while client.recv(4096):
                pass


def ask(target: str) -> str:
    """What the client prints for a call to `target`."""
    done = subprocess.run([CLIENT, f"--target={target}", "--timeout=30s", "get", "city"], capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.stderr


def met(serving: Callable[[socket.socket, Speak], None], speak: Speak) -> str:
    """What the client prints when it calls such a server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serving, args=(listener, speak), daemon=True).start()
        return ask("127.0.0.1:%d" % listener.getsockname()[1])


def silent(*_: object) -> None:
    """The kernel accepts the connection, and no program answers."""


GRPC = ("content-type", "application/grpc")
HTML = ("content-type", "text/html")
# What the client meets, and the line that it prints; "…" stands for what differs.
CASES: list[tuple[Callable[[], str], str]] = [
    (lambda: met(serve_http1, silent), "UNAVAILABLE: failed to connect to all addresses; last error: INTERNAL: ipv4:…: Trying to connect an http1.x server"),
    (lambda: met(silent, silent), "UNAVAILABLE: failed to connect to all addresses; last error: UNKNOWN: ipv4:…: connection attempt timed out before receiving SETTINGS frame"),
    (lambda: ask("unix:/nowhere/socket"), "UNAVAILABLE: failed to connect to all addresses; last error: UNKNOWN: unix:/nowhere/socket: No such file or directory"),
    (lambda: ask("no..name:1"), "UNAVAILABLE: DNS resolution failed for no..name:1: C-ares status is not ARES_SUCCESS …"),
    (lambda: met(h2.serve, h2.response((":status", "401"), HTML)), "UNAUTHENTICATED: Received http2 header with status: 401"),
    (lambda: met(h2.serve, h2.response((":status", "502"), HTML)), "UNAVAILABLE: Received http2 header with status: 502"),
    (lambda: met(h2.serve, h2.response((":status", "200"), HTML)), "…Assertion `false && \"this->engaged_\"' failed."),
    (lambda: met(h2.serve, h2.response((":status", "200"), GRPC, ("grpc-status", "12"), ("grpc-message", "Method not found!"))), "UNIMPLEMENTED: Method not found!"),
    (lambda: met(h2.serve, then_close), "UNAVAILABLE: Socket closed"),
    (lambda: met(h2.serve, reset(INTERNAL_ERROR)), "INTERNAL: Received RST_STREAM with error code 2"),
    (lambda: met(h2.serve, reset(REFUSED_STREAM)), "UNAVAILABLE: Received RST_STREAM with error code 7"),
    (lambda: met(h2.serve, reset(h2.CANCEL)), "CANCELLED: Received RST_STREAM with error code 8"),
]


def main() -> None:
    """Raises AssertionError when the client prints something else."""
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        said = list(pool.map(lambda case: case[0](), CASES))
    wrong = [f"{words}\n  but: {line.strip()}" for (_, words), line in zip(CASES, said) if not re.fullmatch(re.escape(words).replace("…", ".+"), line.strip())]
    assert not wrong, "the client should print\n" + "\n".join(wrong)


main()
