"""Tests what an unauthenticated caller can do to a server: attacks_test.py ATTACK CERTS SERVER...

Attacks each server, over TLS and with tokens if its stage has them. During the attack, the server
must answer a good client within a second. On SIGTERM it must end within its grace period. The page
"Attacks on your server" has a row for each attack; the tests here bound its figures.
"""
import collections.abc
import contextlib
import dataclasses
import pathlib
import re
import resource
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import h2  # noqa: E402
from programs import cpu_seconds, eventually, serving  # noqa: E402

MIB = 1 << 20
GRACE = 0.3  # seconds; each server uses all of it, because attackers keep their connections open
OK, EXHAUSTED, UNIMPLEMENTED, UNAUTHENTICATED = b"grpc-status\x010", b"grpc-status\x018", b"grpc-status\x0212", b"grpc-status\x0216"
PUT = h2.message(h2.entry(b"key", b"value"))


@dataclasses.dataclass
class Target:
    """A server that is attacked."""

    stage: str
    process: subprocess.Popen
    address: str
    certs: pathlib.Path
    at_first: int = 0  # bytes of memory before the attack

    def connect(self, **options) -> h2.Connection:
        """Opens an attacker's connection, over TLS if the stage has it."""
        return h2.Connection(self.address, str(self.certs / "ca.crt") if self.stage >= "08" else "", **options)

    def token(self, user: str) -> tuple[tuple[str, str], ...]:
        """Returns the metadata with a user's token, or none for stages before 08."""
        return (("token", user + "s-token"),) if self.stage >= "08" else ()

    def memory(self, key: str = "VmRSS") -> int:
        """Returns the server's current memory in bytes, or its peak with VmHWM."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(key + r":\s*(\d+)", status)[1]) * 1024

    def grown(self, key: str = "VmRSS") -> int:
        """Returns the growth of the memory since the attack began, in bytes."""
        return self.memory(key) - self.at_first

    def put(self, connection: h2.Connection, *more: tuple[str, str], body: bytes = PUT) -> bytes:
        """Makes a complete Put call and returns its trailers."""
        stream = connection.open(h2.request("Put", *more))
        with contextlib.suppress(h2.Ended):
            connection.send(stream, body, h2.END_STREAM)
        return connection.end(stream).payload

    def answers(self) -> float:
        """Makes a good client connect and put, again if the server is busy. Returns the seconds until it succeeds."""
        begun = time.monotonic()
        status = EXHAUSTED
        while EXHAUSTED in status and time.monotonic() - begun < 5:
            with self.connect(identity=str(self.certs / "alice")) as connection:
                status = self.put(connection, *self.token("alice"))
        assert OK in status, status
        return time.monotonic() - begun


Attack = collections.abc.Iterator[str]  # yields its result, and keeps its connections open until it is resumed


def bomb(target: Target) -> Attack:
    """Sends a message of 64 KB that decompresses to 64 MiB."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join([pack.compress(bytes(MIB)) for _ in range(64)] + [pack.flush()])
    with target.connect() as connection:
        status = target.put(connection, ("grpc-encoding", "gzip"), body=h2.message(body, compressed=True))
        target.put(connection, *target.token("alice"))
        encodings = [got.payload for got in connection.seen if b"grpc-accept-encoding" in got.payload]
        assert encodings and not any(b"gzip" in got.partition(b"accept-encoding")[2] for got in encodings), encodings
    assert (UNAUTHENTICATED if target.stage >= "09" else UNIMPLEMENTED) in status, status
    assert target.grown("VmHWM") < 8 * MIB
    yield f"{len(body) / 1024:.0f} KiB are rejected, not decompressed"


def files(target: Target) -> Attack:
    """Opens more connections than the soft limit of open files."""
    with contextlib.ExitStack() as held:
        for _ in range(100):
            held.enter_context(target.connect())
        yield "100 connections where the soft limit was 64"


def no_files(target: Target) -> Attack:
    """Opens more connections than the hard limit of open files, and closes them all again."""
    host, _, port = target.address.rpartition(":")
    early = target.connect()
    with contextlib.ExitStack() as held:
        for _ in range(100):
            held.enter_context(socket.create_connection((host, int(port)), timeout=10))
        eventually("no more files", lambda: len(list(pathlib.Path(f"/proc/{target.process.pid}/fd").iterdir())) >= 64)
    eventually("the connections are closed", lambda: len(list(pathlib.Path(f"/proc/{target.process.pid}/fd").iterdir())) < 32)
    with contextlib.suppress(OSError), target.connect(patience=1):
        raise AssertionError("it takes connections again")
    with early:
        assert OK in target.put(early, *target.token("alice")), "who is connected is served"
    yield "it takes no connection any more, although all are closed"


def metadata(target: Target) -> Attack:
    """Sends 1 MiB of metadata, from a client that has acknowledged SETTINGS and from one that has not."""
    large = ("large", "v" * MIB)
    with target.connect() as connection:
        connection.round_trip()
        status = target.put(connection, large)
        assert b"received initial metadata size exceeds limit" in status, status
    with target.connect(acknowledges=False) as connection:
        status = target.put(connection, large)
        assert (OK if target.stage < "08" else UNAUTHENTICATED) in status, status
        yield "1 MiB passes without an acknowledgement"


def continuation(target: Target) -> Attack:
    """Sends 32 MiB of headers that never end."""
    part = h2.frame(h2.CONTINUATION, 0, 1, h2.field("x", "v" * 16000)) * 64
    try:
        with target.connect() as connection:
            connection.round_trip()
            connection.open(h2.request("Put"), flags=0)
            for _ in range(32):
                connection.socket.sendall(part)
            connection.round_trip()
        raise AssertionError("it takes headers without end")
    except OSError:  # closed by the server
        assert target.grown() < 8 * MIB
    with target.connect(acknowledges=False) as connection:
        connection.open(h2.request("Put"), flags=0)
        for _ in range(32):
            connection.socket.sendall(part)
        eventually("it keeps them", lambda: target.grown() > 30 * MIB)
        yield f"32 MiB of headers take {target.grown() / MIB:.0f} MiB without an acknowledgement"


def small_headers(target: Target) -> Attack:
    """Sends 400 KB of headers of four bytes each."""
    with target.connect(acknowledges=False) as connection:
        stream = connection.open(h2.request("Put") + h2.field("x", "") * 100_000)
        connection.send(stream, PUT, h2.END_STREAM)
        connection.end(stream)
        assert 8 * MIB < target.grown("VmHWM") < 48 * MIB, target.grown("VmHWM")
        yield f"400 KB of headers took {target.grown('VmHWM') / MIB:.0f} MiB"


def table(target: Target) -> Attack:
    """Sends 1 MiB of HPACK indexes, each of which refers to a header of 4000 bytes."""
    headers = h2.request("Put") + h2.field("x", "v" * 4000, 0x40)
    with target.connect(acknowledges=False) as connection:
        with contextlib.suppress(OSError):  # closed by the server
            stream = connection.open(headers + bytes([0x80 | 62]) * MIB)
            status = connection.end(stream).payload
            assert b"received initial metadata size exceeds limit" in status, status
        assert target.grown("VmHWM") < 16 * MIB
        yield "rejected: gRPC counts what the indexes stand for"


def resets(target: Target) -> Attack:
    """Makes 2000 calls and cancels each immediately."""
    headers, cpu = h2.request("Put"), cpu_seconds(target.process)
    with target.connect() as connection:
        connection.round_trip()
        connection.socket.sendall(b"".join(
            h2.frame(h2.HEADERS, h2.END_HEADERS, stream, headers) + h2.frame(h2.RST_STREAM, 0, stream, struct.pack(">I", h2.CANCEL))
            for stream in range(1, 4001, 2)))
        connection.round_trip()
        target.answers()  # this call comes after them
        used = cpu_seconds(target.process) - cpu
        assert target.grown("VmHWM") < 64 * MIB and used < 2, (target.grown("VmHWM"), used)
        yield f"2000 calls took {target.grown('VmHWM') / MIB:.0f} MiB and {used:.2f} s of processor time"


def silent(target: Target) -> Attack:
    """Makes 2000 unary calls that send no message."""
    with target.connect() as connection:
        connection.round_trip()
        for _ in range(2000):
            connection.open(h2.request("Put"))
        connection.round_trip()
        each = target.grown() / 2000 / 1024
        if target.stage < "09":
            assert 6 < each < 24, each
        else:  # wait until the processor has rejected all of them
            while sum(got.kind == h2.HEADERS for got in connection.seen) < 2000:
                connection.read()
        yield f"{each:.1f} KiB for each call" + (", which has ended" if target.stage >= "09" else "")


def partial(target: Target) -> Attack:
    """Makes unary calls that send a message of 4 MiB without its last byte: 1 GiB in stage 06."""
    body, calls = h2.message(bytes(4 * MIB))[:-1], 256 if target.stage < "08" else 8
    with target.connect(patience=2 if target.stage < "08" else 30) as connection:
        bounded = False
        for _ in range(calls):
            try:
                connection.send(connection.open(h2.request("Put")), body)
            except h2.Ended:  # the server reset the call
                bounded = True
            except TimeoutError:  # the server reads no more from this connection
                bounded = True
                break
        assert bounded == (target.stage != "08")
        assert target.grown("VmHWM") < 480 * MIB, target.grown("VmHWM")
        assert (target.grown() > 28 * MIB) == (target.stage < "09"), target.grown()
        yield f"{target.grown() / MIB:.0f} MiB for {calls} calls"


def pings(target: Target) -> Attack:
    """Sends more PINGs than gRPC allows."""
    with target.connect() as connection:
        with contextlib.suppress(OSError):
            for _ in range(100):
                connection.round_trip()
        assert connection.goaway.endswith(b"too_many_pings"), connection.goaway
        assert connection.pings < 10, connection.pings
        yield f"closed after {connection.pings}"


def connections(target: Target) -> Attack:
    """Opens 100 connections without making a call."""
    with contextlib.ExitStack() as held:
        for _ in range(100):
            held.enter_context(target.connect())
        each = target.grown() / 100 / 1024
        assert (8 < each < 48) if target.stage < "08" else (48 < each < 256), each
        yield f"{each:.0f} KiB for each connection"


def watches(target: Target) -> Attack:
    """Starts as many watches as the server allows calls, as a user with the role reader."""
    with target.connect() as connection:
        refused = False
        while not refused:
            stream = connection.open(h2.request("Watch", *target.token("bob")))
            connection.send(stream, h2.message(b""), h2.END_STREAM)
            headers = connection.until(lambda got, stream=stream: got.stream == stream and got.kind == h2.HEADERS)
            refused = EXHAUSTED in headers.payload
        opened = stream // 2
        with target.connect() as writer:
            status = target.put(writer, *target.token("alice"))
        assert EXHAUSTED in status and b"Server Threadpool Exhausted" in status, status
    eventually("the watches end", lambda: not missing(target))
    yield f"after {opened} watches nobody else was served"


def missing(target: Target) -> bool:
    """Returns whether the server rejects a good client."""
    with target.connect() as connection:
        return OK not in target.put(connection, *target.token("alice"))


def lists(target: Target) -> Attack:
    """Makes List calls that it does not read, while another client rewrites the store."""
    with target.connect(window=0) as reader, target.connect() as writer:
        for _ in range(8):
            for key in b"ab":
                status = target.put(writer, *target.token("alice"), body=h2.message(h2.entry(bytes([key]), bytes(MIB))))
                assert b"grpc-message" not in status, status
            stream = reader.open(h2.request("List", *target.token("bob")))
            reader.send(stream, h2.message(b""), h2.END_STREAM)
            reader.until(lambda got, stream=stream: got.stream == stream and got.kind == h2.HEADERS)
        grown = target.grown()
        assert grown > 14 * MIB, grown
        yield f"8 Lists of a store of 2 MiB hold {grown / MIB:.0f} MiB"


def imports(target: Target) -> Attack:
    """Makes Import calls of 63 MiB each that do not end."""
    with target.connect() as connection:
        status = b""
        for _ in range(6):
            stream = connection.open(h2.request("Import", *target.token("alice")))
            try:
                for key in range(63):
                    connection.send(stream, h2.message(h2.entry(bytes([key + 1]), bytes(MIB))))
            except h2.Ended:
                status = connection.end(stream).payload
                break
        assert EXHAUSTED in status and b"running imports use all the memory for imports" in status, status
        yield f"all imports together take {target.grown() / MIB:.0f} MiB"


def certificate(target: Target) -> Attack:
    """Connects without a client certificate to a server that requires one."""
    try:
        with target.connect() as connection:
            connection.round_trip()
        raise AssertionError("it was let in")
    except (ssl.SSLError, ConnectionError) as error:
        yield f"not even a frame is read: {getattr(error, 'reason', error)}"


LIMITS = {"files": (64, 256), "no_files": (64, 64)}  # of open files: soft and hard
FLAGS = {"watches": ["--max_calls=8"], "lists": ["--history=1"], "certificate": ["--client_ca={certs}/ca.crt"]}


def attack(name: str, certs: pathlib.Path, server: pathlib.Path) -> None:
    """Attacks one server and prints the result."""
    stage = server.parent.name[:2]
    words = [str(server), f"--grace={GRACE}s", *(flag.format(certs=certs) for flag in FLAGS.get(name, []))]
    with tempfile.NamedTemporaryFile("w") as tokens:
        tokens.write("alice alices-token\nbob bobs-token\n" if stage < "09" else "alice alices-token writer\nbob bobs-token reader\n")
        tokens.flush()
        if stage >= "08":
            words += [f"--tls_cert={certs}/server.crt", f"--tls_key={certs}/server.key", f"--token_file={tokens.name}"]
        limit = LIMITS.get(name)
        with serving(*words, preexec_fn=limit and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit))) as (process, address):
            target = Target(stage, process, address, certs)
            target.at_first = target.memory()
            for found in globals()[name](target):
                # Tries again if it is slow, because other tests can keep this machine busy.
                answered = None if name == "no_files" else next((took for took in (target.answers() for _ in range(3)) if took < 1), 1)
                print(f"{stage} {name}: {found}; memory {target.at_first / MIB:.0f}, then {target.memory() / MIB:.0f}, "
                      f"at most {target.memory('VmHWM') / MIB:.0f} MiB; "
                      + (f"a good client is answered in {answered:.2f} s" if answered else ""))
                assert answered is None or answered < 1, answered
                process.terminate()
                assert process.wait(GRACE + 5) == 0


def main(name: str, certs: str, *servers: str) -> None:
    """Raises AssertionError if the page is wrong."""
    page = (pathlib.Path(__file__).parents[2] / "docs/attacks.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.M))
    assert rows == {key for key, value in globals().items() if getattr(value, "__annotations__", {}).get("return") is Attack}, rows
    for server in servers:
        attack(name, pathlib.Path(certs), pathlib.Path(server))


if __name__ == "__main__":
    main(*sys.argv[1:])
