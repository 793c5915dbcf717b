"""Tests that the client answers a server that sends far too many details with one short line: too_many_test.py CLIENT.

gRPC rejects more than 8 KiB of metadata, but only from a server that has acknowledged this limit. This one has not.
"""
import base64
import pathlib
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import h2  # noqa: E402

CLIENT = sys.argv[1]
NOT_FOUND = 5
SECONDS = 20.0  # bounds a failure


def field(number: int, content: bytes) -> bytes:
    """Encodes a field of a protobuf message, a string or a message."""
    rest, length = bytearray(), len(content)
    while length >= 128:
        rest.append(length % 128 | 128)
        length //= 128
    return bytes([number << 3 | 2, *rest, length]) + content


class Client(unittest.TestCase):
    """Each test is a status with one detail."""

    def said(self, message: str, kind: str, detail: bytes) -> str:
        """Returns what the client prints."""
        packed = field(1, b"type.googleapis.com/google.rpc." + kind.encode()) + field(2, detail)
        status = b"\x08\x05" + field(2, message.encode()) + field(3, packed)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(SECONDS)
            server = threading.Thread(target=h2.serve, args=(listener, h2.response(
                (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", str(NOT_FOUND)), ("grpc-message", message),
                ("grpc-status-details-bin", base64.b64encode(status).decode().rstrip("=")))))
            server.start()
            target = "--target=127.0.0.1:%d" % listener.getsockname()[1]
            done = subprocess.run([CLIENT, target, "get", "city"], capture_output=True, text=True, timeout=SECONDS, check=False)
            server.join()
        self.assertEqual(done.returncode, NOT_FOUND, done.stderr[:1000])
        return done.stderr

    def test_violations(self) -> None:
        many = field(1, field(2, b"!")) * 100_000
        self.assertEqual(self.said("no", "BadRequest", many), "NOT_FOUND: no\n")

    def test_a_long_message_with_violations_that_it_nearly_contains(self) -> None:
        many = field(1, field(1, b"key") + field(2, b"xxxxxxx!")) * 600  # as many as our client reads
        said = self.said("x" * 300_000, "BadRequest", many)
        self.assertLess(len(said), 100_000)

    def test_one_long_value(self) -> None:
        self.assertEqual(self.said("no", "ErrorInfo", field(1, b"x" * 300_000)), "NOT_FOUND: no\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
