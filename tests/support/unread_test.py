"""Tests a server whose log nobody reads: unread_test.py SERVER CLIENT REJECTED CERTS.

With --log_calls the server writes a line to stderr for each call. Callers decide how many
lines that are, so a full pipe, a stopped terminal or a closed pipe must not block the
server.
"""
import contextlib
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator

from programs import SECONDS, role, serving

CERTS, REJECTED, CLIENT, SERVER = (sys.argv.pop() for _ in range(4))
UNAUTHENTICATED, NOT_FOUND = 16, 5


def fill(end: int) -> None:
    """Writes until the pipe or terminal is full."""
    os.set_blocking(end, False)
    for size in 4096, 1:
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(end, b"x" * (size - 1) + b"\n")
    os.set_blocking(end, True)


class Unread(unittest.TestCase):
    """Tests a server whose stderr nobody reads, or nobody reads yet."""

    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.right = self.folder / "right"
        self.right.write_text("alice 9f1c04d2b7a6", encoding="utf-8")
        (self.folder / "tokens").write_text(f"alice 9f1c04d2b7a6{role(SERVER)}\n", encoding="utf-8")

    def full(self, kind: str) -> tuple[int, int]:
        """Returns the read end and the write end of a full pipe or terminal."""
        ends = pty.openpty() if kind == "terminal" else os.pipe()
        for end in ends:
            self.addCleanup(os.close, end)
        fill(ends[1])
        return ends

    @contextlib.contextmanager
    def serving(self, *before: str, **options: object) -> Iterator[tuple[subprocess.Popen, str]]:
        """Starts a server with --log_calls. Yields the process and its address."""
        with serving(*before, SERVER, f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key",
                     f"--token_file={self.folder}/tokens", "--log_calls", "--grace=10s", **options) as server:
            yield server

    def call(self, address: str, *flags: str) -> int:
        """Makes a call and returns the client's exit status."""
        return subprocess.run([CLIENT, f"--target={address}", f"--ca={CERTS}/ca.crt", *flags, "get", "city"],
                              capture_output=True, timeout=SECONDS, check=False).returncode

    def answers(self, address: str) -> None:
        """Asserts that the server still rejects and answers calls correctly."""
        self.assertEqual(self.call(address), UNAUTHENTICATED)
        self.assertEqual(self.call(address, f"--token_file={self.right}"), NOT_FOUND)

    def stops(self, process: subprocess.Popen) -> None:
        """Asserts that the server was still running and that SIGTERM ends it."""
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(SECONDS), 0)

    def test_a_full_one_keeps_nobody_waiting(self) -> None:
        for kind in "pipe", "terminal":
            with self.subTest(kind), self.serving(stderr=self.full(kind)[1]) as (process, address):
                self.answers(address)
                (self.folder / "tokens").write_text("", encoding="utf-8")
                process.send_signal(signal.SIGHUP)  # makes main() itself log a line
                self.stops(process)
            self.setUp()

    def test_lines_that_find_no_room_are_counted(self) -> None:
        reader, writer = self.full("pipe")
        with self.serving(stderr=writer) as (process, address):
            subprocess.run([REJECTED, address, f"{CERTS}/ca.crt", str(self.right), "1200"], timeout=SECONDS, check=True)
            self.answers(address)
            text = b""
            while b" lines dropped: nobody read them\n" not in text:
                text += os.read(reader, 4096)
            self.assertGreater(text.count(b"UNAUTHENTICATED"), 900)
            self.answers(address)
            while not text.endswith((b" ms\n", b"}\n")) or not re.search(b"alice.*NOT_FOUND", text):
                text += os.read(reader, 4096)
            self.stops(process)

    def test_one_whose_reader_is_gone_is_none(self) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        with self.serving(stderr=writer) as (process, address):
            os.close(writer)
            self.answers(address)
            self.stops(process)

    def test_nor_is_one_that_is_closed(self) -> None:
        with self.serving("sh", "-c", 'exec "$0" "$@" 2>&-') as (process, address):
            self.answers(address)
            self.stops(process)


if __name__ == "__main__":
    unittest.main()
