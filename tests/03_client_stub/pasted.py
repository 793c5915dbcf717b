"""What a client prints when it meets something else than our server: pasted.py CLIENT.

These are texts of gRPC itself that people paste into a search; docs/errors.md explains them. Each server
here is a socket that answers one call with frames written by hand."""
import concurrent.futures
import contextlib
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable

CLIENT = sys.argv[1]
SECONDS = 60.0  # bounds a failure
DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM, END_HEADERS = 1, 4
INTERNAL_ERROR, REFUSED_STREAM, CANCEL = 2, 7, 8
Speak = Callable[[socket.socket, int], None]


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """An HTTP/2 frame."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def field(name: bytes, value: bytes) -> bytes:
    """A header, as HPACK writes one that is in no table."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def response(*fields: tuple[bytes, bytes], status: bytes = b"200", last: bool = True) -> Speak:
    """Headers, and the end of the stream."""
    block = b"".join(field(*one) for one in ((b":status", status), *fields))
    return lambda client, stream: client.sendall(frame(HEADERS, END_HEADERS | (END_STREAM if last else 0), stream, block))


def then_close(client: socket.socket, stream: int) -> None:
    """A server that dies while it handles the call."""
    response((b"content-type", b"application/grpc"), last=False)(client, stream)
    client.shutdown(socket.SHUT_RDWR)


def reset(code: int) -> Speak:
    """Resets the stream."""
    return lambda client, stream: client.sendall(frame(RST_STREAM, 0, stream, struct.pack(">I", code)))


def serve(listener: socket.socket, speak: Speak) -> None:
    """Answers one call over HTTP/2."""
    client = listener.accept()[0]
    with client, client.makefile("rb") as incoming:
        incoming.read(24)  # the preface
        client.sendall(frame(SETTINGS, 0, 0, b""))
        while head := incoming.read(9):
            length, kind, flags, stream = int.from_bytes(head[:3], "big"), head[3], head[4], int.from_bytes(head[5:], "big")
            incoming.read(length)
            if kind == DATA and flags & END_STREAM:
                speak(client, stream)


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


GRPC = (b"content-type", b"application/grpc")
HTML = (b"content-type", b"text/html")
# What the client meets, and the line that it prints; "…" stands for what differs.
CASES: list[tuple[Callable[[], str], str]] = [
    (lambda: met(serve_http1, silent), "UNAVAILABLE: failed to connect to all addresses; last error: INTERNAL: ipv4:…: Trying to connect an http1.x server"),
    (lambda: met(silent, silent), "UNAVAILABLE: failed to connect to all addresses; last error: UNKNOWN: ipv4:…: connection attempt timed out before receiving SETTINGS frame"),
    (lambda: ask("unix:/nowhere/socket"), "UNAVAILABLE: failed to connect to all addresses; last error: UNKNOWN: unix:/nowhere/socket: No such file or directory"),
    (lambda: ask("no..name:1"), "UNAVAILABLE: DNS resolution failed for no..name:1: C-ares status is not ARES_SUCCESS …"),
    (lambda: met(serve, response(HTML, status=b"401")), "UNAUTHENTICATED: Received http2 header with status: 401"),
    (lambda: met(serve, response(HTML, status=b"502")), "UNAVAILABLE: Received http2 header with status: 502"),
    (lambda: met(serve, response(HTML)), "…Assertion `false && \"this->engaged_\"' failed."),
    (lambda: met(serve, response(GRPC, (b"grpc-status", b"12"), (b"grpc-message", b"Method not found!"))), "UNIMPLEMENTED: Method not found!"),
    (lambda: met(serve, then_close), "UNAVAILABLE: Socket closed"),
    (lambda: met(serve, reset(INTERNAL_ERROR)), "INTERNAL: Received RST_STREAM with error code 2"),
    (lambda: met(serve, reset(REFUSED_STREAM)), "UNAVAILABLE: Received RST_STREAM with error code 7"),
    (lambda: met(serve, reset(CANCEL)), "CANCELLED: Received RST_STREAM with error code 8"),
]


def main() -> None:
    """Raises AssertionError when the client prints something else."""
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        said = list(pool.map(lambda case: case[0](), CASES))
    wrong = [f"{words}\n  but: {line.strip()}" for (_, words), line in zip(CASES, said) if not re.fullmatch(re.escape(words).replace("…", ".+"), line.strip())]
    assert not wrong, "the client should print\n" + "\n".join(wrong)


main()
