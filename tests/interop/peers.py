#!/usr/bin/env python3
"""Runs one client against two servers and compares its output, which must be the same.

    peers.py CLIENT SERVER OTHER_SERVER

The environment variable CERTS names the folder with certificates, for programs that have TLS.
"""
import concurrent.futures
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable, Iterator

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import serving  # noqa: E402

OTHER_SERVER, SERVER, CLIENT = sys.argv.pop(), sys.argv.pop(), sys.argv.pop()
PATIENCE = 30  # seconds; only a failing test waits that long

# All calls use one store, so each line depends on those before it.
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

# The same for a client that has all commands. The last word is the content of a file.
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

# Each kind of call, for authorized and unauthorized users. The watch starts after a revision that does not exist.
KINDS = [
    ["put", "city", "Berlin"],
    ["get", "city"],
    ["list"],
    ["import", '{"key": "a"}'],
    ["pipeline", '{"id": 1, "deleteRequest": {"key": "a"}}'],
    ["watch", "--after_revision=1000"],
]
TAKEN, REFUSED, UNREACHED = [0, 0, 0, 0, 0, 11], [16] * 6, [14]
READER = [7, 0, 0, 7, 7, 11]

FILES = {
    "tokens": "# who may call\nalice right-7c1\n\nbob other-5d8\nalice second-9e2\n",
    "roles": "alice right-7c1 writer\nbob other-5d8 reader\ncarl third-2b4 writer\n",
    "alice": "right-7c1\n",
    "alice2": "alice second-9e2",
    "bob": "bob other-5d8\n",
    "carl": "carl third-2b4\n",
    "wrong": "right-7c",
}
# A server's flags, then each client's flags and its exit status for each kind of call. {certs} and {files} are folders.
Scene = tuple[str, list[tuple[str, list[int]]]]
TLS = "--tls_cert={certs}/server.crt --tls_key={certs}/server.key"
CA = "--ca={certs}/ca.crt"
ALICE = f"{CA} --token_file={{files}}/alice"
BOB = f"{CA} --token_file={{files}}/bob"
WRONG = f"{CA} --token_file={{files}}/wrong"
ALICES, BOBS = (f" --cert={{certs}}/{name}.crt --key={{certs}}/{name}.key" for name in ("alice", "bob"))
TLS_SCENE: Scene = (TLS, [
    (CA, TAKEN), (ALICE, TAKEN), (f"{ALICE} --per_call", TAKEN),
    ("", UNREACHED), ("--ca={certs}/other/ca.crt", UNREACHED),
])
TOKEN_SCENE: Scene = (f"{TLS} --token_file={{files}}/tokens", [
    (ALICE, TAKEN), (f"{ALICE} --per_call", TAKEN), (f"{ALICE}2", TAKEN), (BOB, TAKEN), (CA, REFUSED), (WRONG, REFUSED),
    (f"{WRONG} --per_call", REFUSED), ("", UNREACHED),
])
ROLE_SCENE: Scene = (f"{TLS} --token_file={{files}}/roles", [
    (f"{CA} --token_file={{files}}/carl", TAKEN), (ALICE, TAKEN),
    (BOB, READER), (f"{BOB} --per_call", READER), (WRONG, REFUSED),
])
CERTIFICATE_SCENE: Scene = (f"{TLS} --token_file={{files}}/roles --client_ca={{certs}}/ca.crt", [
    (ALICE + ALICES, TAKEN), (BOB + BOBS, READER),
    (ALICE + BOBS, REFUSED), (BOB + ALICES, REFUSED), (CA + ALICES, REFUSED),
    (ALICE, UNREACHED), (ALICE + ALICES.replace("/alice.", "/other/alice."), UNREACHED),
])


@contextlib.contextmanager
def running(server: str, flags: list[str]) -> Iterator[str]:
    """Starts a server and yields its address. Asserts that the server ends with status 0."""
    with serving(server, *flags) as (process, address):
        yield address
        process.terminate()
        assert process.wait(PATIENCE) == 0, process.returncode


Played = tuple[list[str], int, str, str]


def play(server: str, flags: list[str], calls: list[list[str]]) -> list[Played]:
    """Makes all calls against a new server. Returns the words, the exit status and both outputs of each."""
    played = []
    with running(server, flags) as address:
        for words in calls:
            typed = words[-1] if words[-1].startswith("{") else ""
            result = subprocess.run([CLIENT, f"--target={address}", *(words[:-1] if typed else words)],
                                    input=typed, text=True, capture_output=True, timeout=PATIENCE, check=False)
            error = result.stderr
            if result.returncode == 14:
                error = error.partition(":")[0]  # the rest contains the port
            played.append((words, result.returncode, result.stdout, error))
    return played


def said(program: str, *flags: str) -> str:
    """Returns a program's help or usage, from which we find out its stage."""
    run = subprocess.run([program, *flags], capture_output=True, text=True, timeout=PATIENCE, check=False)
    return run.stdout + run.stderr


class Peers(unittest.TestCase):
    """The two servers share a contract but no code."""

    maxDiff = None

    def agree(self, flags: list[str], calls: list[list[str]], statuses: list[int]) -> list[Played]:
        """Asserts the same output with both servers, and these exit statuses. Returns the output."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            ours, theirs = pool.map(lambda server: play(server, flags, calls), [SERVER, OTHER_SERVER])
        self.assertEqual([status for _, status, _, _ in ours], statuses)
        for our_call, their_call in zip(ours, theirs, strict=True):
            with self.subTest(call=our_call[0]):
                self.assertEqual(our_call, their_call)
        return ours

    def test_same_words(self) -> None:
        streams = "pipeline" in said(CLIENT)
        self.agree([], CALLS + STREAMS * streams, STATUSES + STREAM_STATUSES * streams)

    def test_same_words_with_credentials(self) -> None:
        if "--ca" not in said(CLIENT):
            return  # the stage does not have this feature
        flags = said(SERVER, "--help")
        scenes = [TLS_SCENE]
        roles = "client_ca" in flags
        scenes += [TOKEN_SCENE] * ("token_file" in flags and not roles)
        scenes += [ROLE_SCENE, CERTIFICATE_SCENE] * roles
        with tempfile.TemporaryDirectory() as files:
            for name, text in FILES.items():
                pathlib.Path(files, name).write_text(text, encoding="utf-8")
            for server, clients in scenes:
                with self.subTest(server=server):
                    self.scene(lambda flags, files=files: flags.format(certs=os.environ["CERTS"], files=files).split(),
                               server, clients)

    def scene(self, filled: Callable[[str], list[str]], server: str, clients: list[tuple[str, list[int]]]) -> None:
        """Makes all calls of the clients against one kind of server."""
        calls = [[*filled(client), *words] for client, expected in clients
                 for words, _ in zip(KINDS, expected, strict=False)]
        all_that_is_stored = [["list"], ["watch", "--after_revision=1", "--timeout=3s"]]
        calls += [[*filled(clients[0][0]), *words] for words in all_that_is_stored]
        statuses = [status for _, expected in clients for status in expected] + [0, 4]
        for words, status, out, error in self.agree(filled(server), calls, statuses):
            if status == 16:
                self.assertEqual((out, error), ("", "UNAUTHENTICATED: Invalid signature\n"), words)


if __name__ == "__main__":
    unittest.main()
