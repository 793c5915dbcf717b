"""A server that sends a status code of its own making can't make the client exit with 0: strange_code.py CLIENT."""
import re
import socket
import struct
import subprocess
import sys
import threading

CLIENT = sys.argv[1]
UNKNOWN = 2
SECONDS = 60.0  # bounds a failure
DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, END_HEADERS = 1, 4


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """An HTTP/2 frame."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def field(name: bytes, value: bytes) -> bytes:
    """A header, as HPACK writes one that is in no table."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def answer(listener: socket.socket, code: int) -> None:
    """Answers one call with that code, and nothing else."""
    client = listener.accept()[0]
    with client, client.makefile("rb") as incoming:
        incoming.read(24)  # the preface
        client.sendall(frame(SETTINGS, 0, 0, b""))
        while head := incoming.read(9):
            length, kind, flags, stream = int.from_bytes(head[:3], "big"), head[3], head[4], int.from_bytes(head[5:], "big")
            incoming.read(length)
            if kind == DATA and flags & END_STREAM:
                status_200 = b"\x88"
                client.sendall(frame(HEADERS, END_HEADERS | END_STREAM, stream, status_200
                                     + field(b"content-type", b"application/grpc")
                                     + field(b"grpc-status", str(code).encode())))


def main() -> None:
    """256 is the one that matters: a shell sees the lowest eight bits."""
    for code in 17, 256, 999:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(SECONDS)
            server = threading.Thread(target=answer, args=(listener, code))
            server.start()
            target = "--target=127.0.0.1:%d" % listener.getsockname()[1]
            done = subprocess.run([CLIENT, target, "get", "city"], capture_output=True, text=True, timeout=SECONDS, check=False)
            server.join()
        assert done.returncode == UNKNOWN, (code, done)
        assert re.fullmatch(r"UNKNOWN: .*\n", done.stderr), (code, done)


main()
