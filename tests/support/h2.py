"""Writes and reads HTTP/2 frames (RFC 9113, RFC 7541), to send what no gRPC client sends."""
import collections
import socket
import ssl
import struct
from collections.abc import Callable

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM = ACK = 1
END_HEADERS = 4
INITIAL_WINDOW_SIZE = 4  # the ID of a setting
CANCEL = 8  # an HTTP/2 error code
MAX_FRAME = 16384

Frame = collections.namedtuple("Frame", "kind flags stream payload")


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Returns the bytes of a frame."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def number(value: int, prefix: int, first: int = 0) -> bytes:
    """Encodes an HPACK integer: first in the low `prefix` bits of a byte, then seven bits per byte."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([first | value])
    rest, value = bytearray([first | most]), value - most
    while value >= 128:
        rest.append(value % 128 | 128)
        value //= 128
    return bytes(rest) + bytes([value])


def field(key: str, value: str, first: int = 0) -> bytes:
    """Encodes a header as an uncompressed literal. With `first` 0x40 the receiver adds it to its table."""
    return bytes([first]) + b"".join(number(len(text), 7) + text.encode() for text in (key, value))


def request(path: str, *more: tuple[str, str]) -> bytes:
    """Encodes the headers of a gRPC call of kv.v1.KeyValueService."""
    return b"".join(field(*pair) for pair in (
        (":method", "POST"), (":scheme", "http"), (":path", "/kv.v1.KeyValueService/" + path),
        (":authority", "localhost"), ("te", "trailers"), ("content-type", "application/grpc"), *more))


def message(payload: bytes, compressed: bool = False) -> bytes:
    """Encodes a gRPC message: a flag, the length and the bytes."""
    return struct.pack(">BI", compressed, len(payload)) + payload


def entry(key: bytes, value: bytes) -> bytes:
    """Encodes a PutRequest or an ImportRequest, whose fields have the same numbers."""
    def varint(count: int) -> bytes:
        return bytes([count]) if count < 128 else bytes([count % 128 | 128]) + varint(count // 128)
    return b"\x0a" + varint(len(key)) + key + b"\x12" + varint(len(value)) + value


def serve(listener: socket.socket, speak: Callable[[socket.socket, int], None]) -> None:
    """Accepts one connection. Calls `speak` with it and the number of a stream when the client has sent its request."""
    client = listener.accept()[0]
    with client, client.makefile("rb") as incoming:
        incoming.read(len(PREFACE))
        client.sendall(frame(SETTINGS, 0, 0))
        while head := incoming.read(9):
            length, kind, flags, stream = int.from_bytes(head[:3], "big"), head[3], head[4], int.from_bytes(head[5:], "big")
            incoming.read(length)
            if kind == DATA and flags & END_STREAM:
                speak(client, stream)


def response(*fields: tuple[str, str], last: bool = True) -> Callable[[socket.socket, int], None]:
    """Speaks these headers, which end the stream unless there is more to come."""
    block = b"".join(field(*one) for one in fields)
    first, *more = [block[at:at + MAX_FRAME] for at in range(0, len(block), MAX_FRAME)]

    def speak(client: socket.socket, stream: int) -> None:
        client.sendall(frame(HEADERS, (END_STREAM if last else 0) | (0 if more else END_HEADERS), stream, first) + b"".join(
            frame(CONTINUATION, END_HEADERS if part is more[-1] else 0, stream, part) for part in more))
    return speak


class Ended(Exception):
    """The server ended a stream while we were writing to it."""


class Connection:
    """A connection that sends any frame but obeys flow control."""

    def __init__(self, address: str, authority: str = "", acknowledges: bool = True, window: int = 65535,
                 patience: float = 30, identity: str = "") -> None:
        """Connects, over TLS if `authority` names the PEM file of a CA. `window` is how many bytes the server may send
        on a stream, `patience` a timeout in seconds, and `identity` the path of a client's .crt and .key without suffix."""
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(patience)
            self.socket.connect(address.removeprefix("unix:"))
        else:
            host, _, port = address.rpartition(":")
            self.socket = socket.create_connection((host, int(port)), timeout=patience)
        if authority:
            context = ssl.create_default_context(cafile=authority)
            context.set_alpn_protocols(["h2"])
            if identity:
                context.load_cert_chain(identity + ".crt", identity + ".key")
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.acknowledges = acknowledges
        self.left: dict[int, int] = collections.defaultdict(int)  # bytes that we may send, by stream; 0 is the connection
        self.left[0] = 65535
        self.initial = 65535
        self.seen: list[Frame] = []
        self.goaway = b""
        self.next = 1
        self.pings = 0
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, window)))
        self.until(lambda got: got.kind == SETTINGS and not got.flags & ACK)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def _bytes(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            part = self.socket.recv(count - len(parts))
            if not part:
                raise ConnectionResetError("closed by the server")
            parts += part
        return bytes(parts)

    def read(self) -> Frame:
        """Returns the next frame, after applying its windows and settings."""
        head = self._bytes(9)
        got = Frame(head[3], head[4], struct.unpack(">I", head[5:])[0] & 0x7fffffff,
                    self._bytes(struct.unpack(">I", b"\0" + head[:3])[0]))
        if got.kind == WINDOW_UPDATE:
            self.left[got.stream] += struct.unpack(">I", got.payload)[0]
        elif got.kind == SETTINGS and not got.flags & ACK:
            for at in range(0, len(got.payload), 6):
                key, value = struct.unpack(">HI", got.payload[at:at + 6])
                if key == INITIAL_WINDOW_SIZE:
                    self.initial = value
            if self.acknowledges:
                self.socket.sendall(frame(SETTINGS, ACK, 0))
        elif got.kind == PING and not got.flags & ACK:
            self.socket.sendall(frame(PING, ACK, 0, got.payload))
        elif got.kind == GOAWAY:
            self.goaway = got.payload
        self.seen.append(got)
        return got

    def until(self, wanted) -> Frame:
        """Reads frames until `wanted` accepts one, and returns it."""
        while not wanted(got := self.read()):
            pass
        return got

    def open(self, headers: bytes, flags: int = END_HEADERS) -> int:
        """Opens a stream and returns its number."""
        stream, self.next = self.next, self.next + 2
        parts = [headers[at:at + MAX_FRAME] for at in range(0, len(headers), MAX_FRAME)]
        for place, part in enumerate(parts):
            last = flags & END_HEADERS if place == len(parts) - 1 else 0
            self.socket.sendall(frame(CONTINUATION if place else HEADERS, last | (0 if place else flags & END_STREAM), stream, part))
        self.left[stream] += self.initial
        return stream

    def send(self, stream: int, data: bytes, flags: int = 0) -> None:
        """Sends data as flow control allows. Raises Ended if the server ends the stream."""
        view, at = memoryview(data), 0
        while at < len(data):
            count = min(len(data) - at, 64 * MAX_FRAME, self.left[0], self.left[stream])
            if count <= 0:
                if self._ends(self.read(), stream):
                    raise Ended
                continue
            last = at + count == len(data)
            self.socket.sendall(b"".join(
                frame(DATA, flags if last and start + MAX_FRAME >= at + count else 0, stream,
                      bytes(view[start:min(start + MAX_FRAME, at + count)]))
                for start in range(at, at + count, MAX_FRAME)))
            self.left[0] -= count
            self.left[stream] -= count
            at += count

    def round_trip(self) -> None:
        """Waits until the server has read everything that we sent."""
        self.pings += 1
        payload = struct.pack(">Q", self.pings)
        self.socket.sendall(frame(PING, 0, 0, payload))
        self.until(lambda got: got.kind == PING and got.flags & ACK and got.payload == payload)

    def end(self, stream: int) -> Frame:
        """Returns the trailers of a stream in HPACK. gRPC 1.51 writes new headers as uncompressed text."""
        def ends(got: Frame) -> bool:
            return self._ends(got, stream)
        return next(filter(ends, self.seen), None) or self.until(ends)

    @staticmethod
    def _ends(got: Frame, stream: int) -> bool:
        return got.stream == stream and (got.kind == RST_STREAM or got.kind in (DATA, HEADERS) and got.flags & END_STREAM != 0)
