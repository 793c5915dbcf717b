"""Tests that programs never print a token: secrets_test.py SERVER CLIENT REJECTED CERTS.

Makes right and wrong calls of all kinds, with token files of all kinds and --log_calls.
Afterwards no part of a token may be in the output of the server or the client.
"""
import os
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import unittest

from programs import SECONDS, eventually, role, serving, started

CERTS, REJECTED, CLIENT, SERVER = (sys.argv.pop() for _ in range(4))
TLS = [f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key"]
ROLE = role(SERVER)
PIECE = 6  # characters of a token that must not appear in sequence
COMMANDS = [["put", "city", "Berlin"], ["get", "city"], ["delete", "city"], ["list"], ["import"], ["pipeline"],
            ["watch", "--timeout=200ms"]]


def pieces(token: str) -> set[str]:
    """Returns every part of the token that would reveal it."""
    return {token[i:i + PIECE] for i in range(len(token) - PIECE + 1)}


class Secrets(unittest.TestCase):
    """Collects all output in one text and searches it for tokens."""

    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.tokens = {name: secrets.token_hex(16) for name in ("alice", "bob", "carol")}
        self.printed = ""

    def file(self, name: str, text: str) -> pathlib.Path:
        path = self.folder / name
        path.write_text(text.format(**self.tokens), encoding="utf-8")
        return path

    def run_once(self, *words: object) -> None:
        done = subprocess.run([str(word) for word in words], input="{}\n", capture_output=True, text=True,
                              timeout=SECONDS, check=False)
        self.printed += done.stdout + done.stderr

    def calls(self, address: str) -> None:
        """Calls every command, with every kind of token file and with other mistakes."""
        right, wrong = self.file("right", "alice {alice}\n"), self.file("wrong", "{alice}x\n")
        for command in COMMANDS:
            for flags in [], [f"--token_file={right}"], [f"--token_file={wrong}", "--per_call"]:
                self.run_once(CLIENT, f"--target={address}", f"--ca={CERTS}/ca.crt", *flags, *command)
        for file in [self.file("alone", "{bob}\n"), self.file("nobody", "{carol}\n"), self.file("bytes", "{bob}\x7f\n"),
                     self.file("three", "{alice}\n{bob}\n{carol}\n"), self.folder, self.folder / "none"]:
            self.run_once(CLIENT, f"--target={address}", f"--ca={CERTS}/ca.crt", f"--token_file={file}", "get", "city")
        for flags in [], [f"--ca={CERTS}/other/ca.crt"], [f"--ca={right}"]:
            self.run_once(CLIENT, f"--target={address}", *flags, f"--token_file={right}", "get", "city")
        self.run_once(REJECTED, address, f"{CERTS}/ca.crt", right, 400)

    def test_nothing_printed_has_a_piece_of_a_token(self) -> None:
        good, twice = (f"alice {{alice}}{ROLE}\nbob {{{token}}}{ROLE}\n" for token in ("bob", "alice"))
        tokens = self.file("tokens", good)
        output = self.folder / "output"
        with output.open("w") as out, started(SERVER, *TLS, f"--token_file={tokens}", "--log_calls",
                                              "--listen=127.0.0.1:0", stderr=out) as process:
            address = process.stdout.readline().split()[1]
            self.calls(address)
            for number, text in enumerate([good + "{carol}\n", twice, good], start=1):
                self.file("tokens", text)
                process.send_signal(signal.SIGHUP)
                eventually("it is read again", lambda: len(re.findall("^server: .*tokens", output.read_text(), re.M)) == number)
            process.send_signal(signal.SIGTERM)
            self.printed += process.stdout.read()
            self.assertEqual(process.wait(SECONDS), 0)
        self.printed += output.read_text()
        for text in "alice\n{bob}\n", "bob {bob} {carol} writer\n", twice, "alice {alice}":
            self.run_once(SERVER, *TLS, f"--token_file={self.file('bad', text)}")
        self.run_once(SERVER, f"--token_file={tokens}")

        for shown in "Invalid signature", "alice.*OK", "(- |\"code\":\")UNAUTHENTICATED", "the old tokens stay", "expected USER", "cut short":
            self.assertRegex(self.printed, shown)  # the text does contain the output that we search
        for name, token in self.tokens.items():
            self.assertEqual([piece for piece in pieces(token) if piece in self.printed], [], name)

    def test_but_grpcs_own_trace_has_them(self) -> None:
        right, tokens = self.file("right", "{alice}\n"), self.file("tokens", f"alice {{alice}}{ROLE}\n")
        with serving(SERVER, *TLS, f"--token_file={tokens}") as (_, address):
            trace = {**os.environ, "GRPC_VERBOSITY": "debug", "GRPC_TRACE": "http"}
            done = subprocess.run([CLIENT, f"--target={address}", f"--ca={CERTS}/ca.crt", f"--token_file={right}",
                                   "list"], env=trace, capture_output=True, text=True, timeout=SECONDS, check=True)
            self.assertIn(f"token: {self.tokens['alice']}", done.stderr)


if __name__ == "__main__":
    unittest.main()
