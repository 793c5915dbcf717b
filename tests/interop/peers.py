#!/usr/bin/env python3
"""One client against two servers: what it prints must be the same.

    peers.py CLIENT SERVER OTHER_SERVER
"""
import contextlib
import subprocess
import sys
import threading
import unittest
from collections.abc import Iterator

OTHER_SERVER, SERVER, CLIENT = sys.argv.pop(), sys.argv.pop(), sys.argv.pop()
PATIENCE = 30  # seconds; only a failing test waits that long

# One store: each line builds on those before it.
CALLS = [
    ["get", "city"],
    ["put", "city", "Berlin"],
    ["get", "city"],
    ["put", "city", "Bonn", "--expected_revision=0"],
    ["put", "city", "Bonn", "--expected_revision=7"],
    ["put", "city", "Bonn", "--expected_revision=1"],
    ["get", "city"],
    ["put", "straße", "Alte Jakobstrasse \"1\"", "--expected_revision=0"],
    ["get", "straße"],
    ["put", "empty", ""],
    ["get", "empty"],
    ["delete", "city"],
    ["delete", "city"],
    ["put", "city", "Bonn", "--expected_revision=2"],
    ["put", "city", "Bonn", "--expected_revision=0"],
    ["get", ""],
    ["put", "", "Berlin"],
    ["delete", "k" * 513],
]
STATUSES = [5, 0, 0, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 3, 3, 3]

# The same for a client that has all commands, the last word in place of a file.
STREAMS = [
    ["list"],
    ["list", "--limit=1"],
    ["list", "nothing/"],
    ["import", '{"key": "b", "value": "MQ=="}\n{"key": "a"}\n{"key": "b", "value": "Mg=="}'],
    ["import", '{"key": "c"}\n{"key": ""}'],
    ["list"],
    ["pipeline", '{"id": 1, "putRequest": {"key": "d"}}\n{"id": 2, "getRequest": {"key": "e"}}\n{"id": 3}'],
    ["pipeline", '{"id": 9, "putRequest": {"key": "d", "expectedRevision": 0}}\n{"id": 9, "deleteRequest": {"key": "d"}}'],
    ["watch", "--after_revision=1", "--timeout=3s"],
]
STREAM_STATUSES = [0, 0, 0, 0, 3, 0, 0, 0, 4]


@contextlib.contextmanager
def running(server: str) -> Iterator[str]:
    """Starts a server and gives its address; afterwards it must end with 0."""
    with subprocess.Popen([server, "--listen=127.0.0.1:0"], stdout=subprocess.PIPE,
                          text=True) as process:
        stuck = threading.Timer(PATIENCE, process.kill)
        stuck.start()
        try:
            assert process.stdout is not None
            ready, _, address = process.stdout.readline().strip().partition(" ")
            assert ready == "READY", ready
            yield address
        finally:
            process.terminate()
            status = process.wait()
            stuck.cancel()
        assert status == 0, status


def play(server: str, calls: list[list[str]]) -> list[tuple[list[str], int, str, str]]:
    """Makes all calls against a new server: words, exit status, both outputs."""
    played = []
    with running(server) as address:
        for words in calls:
            typed = words[-1] if words[0] in ("import", "pipeline") else ""
            result = subprocess.run([CLIENT, f"--target={address}", *(words[:-1] if typed else words)],
                                    input=typed, text=True, capture_output=True, timeout=PATIENCE, check=False)
            played.append((words, result.returncode, result.stdout, result.stderr))
    return played


class Peers(unittest.TestCase):
    """The servers share a contract and not a line of code."""

    def test_same_words(self) -> None:
        self.maxDiff = None
        usage = subprocess.run([CLIENT], capture_output=True, text=True, check=False).stderr
        calls, statuses = CALLS, STATUSES
        if "pipeline" in usage:
            calls, statuses = CALLS + STREAMS, STATUSES + STREAM_STATUSES
        ours, theirs = play(SERVER, calls), play(OTHER_SERVER, calls)
        self.assertEqual([status for _, status, _, _ in ours], statuses)
        for our_call, their_call in zip(ours, theirs, strict=True):
            with self.subTest(call=our_call[0]):
                self.assertEqual(our_call, their_call)


if __name__ == "__main__":
    unittest.main()
