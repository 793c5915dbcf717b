"""Tests what gRPC's own limits prevent and what they do not: knobs_test.py KNOBS.

The page "Attacks on your server" lists these limits.
"""
import contextlib
import pathlib
import re
import socket
import subprocess
import sys
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import h2  # noqa: E402
from programs import eventually, memory, serving  # noqa: E402

CALLS = 300


def opened(address: str, acknowledges: bool) -> bool:
    """Returns whether the server accepts many calls on a connection."""
    try:
        with h2.Connection(address, acknowledges=acknowledges) as connection:
            connection.round_trip()
            for _ in range(CALLS):
                connection.open(h2.request("Put"))
            connection.round_trip()
            return True
    except OSError:
        return False


def closed_after(address: str, speaks: bool) -> float:
    """Returns after how many seconds the server closes a connection without calls. If `speaks`, we send SETTINGS first."""
    begun = time.monotonic()
    if speaks:
        with h2.Connection(address) as connection:
            try:
                while True:
                    connection.read()
            except ConnectionResetError:
                return time.monotonic() - begun
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=30) as quiet:
        while quiet.recv(1024):
            pass
    return time.monotonic() - begun


def peak(process: subprocess.Popen) -> int:
    """Returns the peak memory of a process in bytes."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s*(\d+)", status)[1]) * 1024


def main(knobs: str) -> None:
    """Raises AssertionError if the page is wrong."""
    with serving(knobs, "grpc.max_concurrent_streams=100") as (_, address):
        assert not opened(address, acknowledges=True)
        assert opened(address, acknowledges=False)
    with serving(knobs, "grpc.server_handshake_timeout_ms=300") as (_, address):
        assert 0.2 < closed_after(address, speaks=False) < 10
    with serving(knobs, "grpc.max_connection_idle_ms=300") as (_, address):
        assert 0.2 < closed_after(address, speaks=True) < 10
    # The memory quota does not count these.
    quota = f"memory={8 << 20}"
    with serving(knobs, quota) as (process, address), h2.Connection(address) as connection:
        pack = zlib.compressobj(9, zlib.DEFLATED, 31)
        body = b"".join([pack.compress(bytes(1 << 20)) for _ in range(64)] + [pack.flush()])
        stream = connection.open(h2.request("Put", ("grpc-encoding", "gzip")))
        connection.send(stream, h2.message(body, compressed=True), h2.END_STREAM)
        status = connection.end(stream).payload
        assert b"Received message larger than max (67108864 vs. 4194304)" in status, status
        assert peak(process) > 64 << 20
    with serving(knobs, quota) as (process, address), h2.Connection(address) as connection:
        before = memory(process)
        for _ in range(2000):
            connection.open(h2.request("Put"))
        connection.round_trip()
        assert memory(process) - before > 16 << 20
    with serving(knobs, quota) as (process, address), h2.Connection(address, acknowledges=False) as connection:
        before = memory(process)
        connection.open(h2.request("Put"), flags=0)
        part = h2.frame(h2.CONTINUATION, 0, 1, h2.field("x", "v" * 16000)) * 64
        with contextlib.suppress(OSError):  # late, bytes that wait to be read may fill the quota: it closes the connection
            for _ in range(32):
                connection.socket.sendall(part)
        eventually("it keeps them", lambda: peak(process) - before > 24 << 20)


if __name__ == "__main__":
    main(*sys.argv[1:])
