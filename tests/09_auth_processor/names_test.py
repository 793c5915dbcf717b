"""Which name of a certificate must be the token's user: names_test.py SERVER CLIENT CERTS SAMPLE.

It makes certificates that tools/certs does not: without a DNS name, with several.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import serving, started  # noqa: E402

STAGE, CERTS, CLIENT, SERVER = sys.argv.pop(), pathlib.Path(sys.argv.pop()), sys.argv.pop(), sys.argv.pop()
NOT_FOUND, UNAUTHENTICATED = 5, 16
LOUD = {**os.environ, "GRPC_VERBOSITY": "error"}


def openssl(*words: object) -> None:
    """Runs openssl; fails the test when it fails."""
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Names(unittest.TestCase):
    """A server that wants certificates, and clients with all kinds of them."""

    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        _, self.address = self.enterContext(serving(
            SERVER, f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key",
            f"--client_ca={CERTS}/ca.crt", f"--token_file={STAGE}/tokens"))

    def status(self, user: str, subject: str, names: str = "") -> int:
        """How a Get ends: with the user's token, and a certificate of this subject and these names."""
        key, request, cert, extensions = (self.folder / name for name in ("key", "request", "crt", "extensions"))
        extensions.write_text(f"subjectAltName={names}\n" if names else "", encoding="utf-8")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", key, "-subj", subject, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", CERTS / "ca.crt", "-CAkey", CERTS / "ca.key",
                "-set_serial", "1", "-extfile", extensions, "-out", cert)
        token = self.folder / "token"
        token.write_text(f"{user} {user}s-token-for-trying-out\n", encoding="utf-8")
        call = subprocess.run([CLIENT, f"--target={self.address}", f"--ca={CERTS}/ca.crt", f"--cert={cert}",
                               f"--key={key}", f"--token_file={token}", "get", "city"],
                              capture_output=True, text=True, check=False)
        self.assertIn(call.stderr, ['NOT_FOUND: no such key "city"\n', "UNAUTHENTICATED: Invalid signature\n"])
        return call.returncode

    def test_the_common_name_counts_without_a_dns_name(self) -> None:
        self.assertEqual(self.status("alice", "/CN=alice"), NOT_FOUND)  # it got in
        self.assertEqual(self.status("alice", "/CN=bob"), UNAUTHENTICATED)

    def test_with_a_dns_name_the_common_name_counts_for_nothing(self) -> None:
        self.assertEqual(self.status("alice", "/CN=bob", "DNS:alice"), NOT_FOUND)
        self.assertEqual(self.status("alice", "/CN=alice", "DNS:bob"), UNAUTHENTICATED)

    def test_the_first_dns_name_counts(self) -> None:
        self.assertEqual(self.status("alice", "/CN=x", "DNS:alice,DNS:bob"), NOT_FOUND)
        self.assertEqual(self.status("bob", "/CN=x", "DNS:alice,DNS:bob"), UNAUTHENTICATED)

    def test_other_kinds_of_names_are_no_dns_name(self) -> None:
        self.assertEqual(self.status("alice", "/CN=alice", "email:bob@example.com,URI:https://bob,IP:127.0.0.1"), NOT_FOUND)

    def test_a_certificate_without_any_name_is_nobody(self) -> None:
        self.assertEqual(self.status("alice", "/O=alice"), UNAUTHENTICATED)

    def test_a_name_must_be_the_same_to_the_last_letter(self) -> None:
        for name in ("Alice", "alice.example", "ali", "*"):
            self.assertEqual(self.status("alice", "/CN=x", f"DNS:{name}"), UNAUTHENTICATED, name)

    def test_only_the_log_names_a_key_of_another_certificate(self) -> None:
        call = subprocess.run([CLIENT, f"--target={self.address}", f"--ca={CERTS}/ca.crt", f"--cert={CERTS}/alice.crt",
                               f"--key={CERTS}/bob.key", "get", "city"], env=LOUD,
                              capture_output=True, text=True, check=False)
        self.assertIn("Invalid private key.", call.stderr)
        self.assertIn("UNAVAILABLE: empty address list:", call.stderr)

    def test_only_the_log_names_a_certificate_that_is_missing(self) -> None:
        with started(SERVER, "--listen=127.0.0.1:0", f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key",
                     f"--client_ca={CERTS}/ca.crt", stderr=subprocess.PIPE, env=LOUD) as server:
            address = server.stdout.readline().split()[1]
            subprocess.run([CLIENT, f"--target={address}", f"--ca={CERTS}/ca.crt", "get", "city"],
                           capture_output=True, check=False)
            server.terminate()
            self.assertIn("peer did not return a certificate", server.stderr.read())


if __name__ == "__main__":
    unittest.main()
