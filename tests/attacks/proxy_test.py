"""Tests that nginx in front of a server stops attacks that gRPC does not: proxy_test.py SERVER.

It is skipped if nginx is not installed. Debian's package is nginx-light.
"""
import contextlib
import pathlib
import re
import shutil
import struct
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import h2  # noqa: E402
from programs import eventually, memory, serving, started  # noqa: E402

SKIPPED = 77
MIB = 1 << 20
PUT = h2.request("Put")
BODY = h2.message(h2.entry(b"key", b"value"))


def put(address: str) -> float:
    """Makes a good client put, and returns the seconds until it receives a response."""
    begun = time.monotonic()
    with h2.Connection(address) as connection:
        stream = connection.open(PUT)
        connection.send(stream, BODY, h2.END_STREAM)
        connection.end(stream)
        assert any(got.kind == h2.DATA and got.payload for got in connection.seen), connection.seen
    return time.monotonic() - begun


def bytes_of(attack: str) -> bytes:
    """Returns the bytes that an attacker sends."""
    def headers(stream: int, fields: bytes) -> bytes:
        parts = [fields[at:at + h2.MAX_FRAME] for at in range(0, len(fields), h2.MAX_FRAME)]
        return b"".join(h2.frame(h2.CONTINUATION if place else h2.HEADERS, h2.END_HEADERS if part is parts[-1] else 0, stream, part)
                        for place, part in enumerate(parts))
    reset = struct.pack(">I", h2.CANCEL)
    return {
        "metadata": lambda: headers(1, PUT + h2.field("large", "v" * MIB)),
        "continuation": lambda: h2.frame(h2.HEADERS, 0, 1, PUT) + h2.frame(h2.CONTINUATION, 0, 1, h2.field("x", "v" * 16000)) * 2048,
        "small_headers": lambda: headers(1, PUT + h2.field("x", "") * 100_000),
        "resets": lambda: b"".join(headers(n, PUT) + h2.frame(h2.RST_STREAM, 0, n, reset) for n in range(1, 4001, 2)),
        "silent": lambda: b"".join(headers(n, PUT) for n in range(1, 4001, 2)),
    }[attack]()


def main(server: str) -> int:
    """Raises AssertionError if the page is wrong."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if nginx is None:
        print("nginx is needed (Debian: nginx-light)")
        return SKIPPED
    conf = pathlib.Path(__file__).with_name("nginx.conf").read_text(encoding="utf-8")
    with serving(server) as (process, address), tempfile.TemporaryDirectory() as folder:
        front = f"unix:{folder}/front"
        for word, value in {"FOLDER": folder, "LISTEN": front, "SERVER": address}.items():
            conf = re.sub(rf"\b{word}\b", value, conf)
        pathlib.Path(folder, "conf").write_text(conf, encoding="utf-8")
        with started(nginx, "-p", folder, "-c", f"{folder}/conf") as proxy:
            eventually("nginx is ready", pathlib.Path(folder, "front").is_socket)
            put(front)
            before = memory(process)
            for attack in "metadata", "continuation", "small_headers", "resets", "silent":
                closed = True
                with contextlib.suppress(OSError), h2.Connection(front, acknowledges=False) as connection:
                    connection.socket.sendall(bytes_of(attack))
                    connection.round_trip()
                    closed = False
                print(f"{attack}: {'closed by nginx, ' if closed else ''}the server has {(memory(process) - before) / MIB:.1f} MiB more")
                assert memory(process) - before < 6 * MIB, attack
                assert closed or attack not in ("metadata", "continuation", "small_headers"), attack
                assert put(front) < 1
            with h2.Connection(front) as connection:  # what nginx does forward
                for _ in range(4):
                    connection.send(connection.open(PUT), h2.message(bytes(4 * MIB))[:-1])
                eventually("the server has it", lambda: memory(process) - before > 12 * MIB)
            proxy.terminate()
            assert proxy.wait(30) == 0
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
