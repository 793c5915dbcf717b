"""tools/certs, and what clients and servers make of its certificates: certs_test.py CERTS SERVER CLIENT"""
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from programs import serving  # noqa: E402

SECONDS = 60


def run(*words: object) -> tuple[int, str]:
    """The exit status, and all that was printed."""
    done = subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=SECONDS, check=False)
    return done.returncode, done.stdout


class Certs(unittest.TestCase):
    """The tool alone."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name, "certs")

    def certs(self, *words: str) -> tuple[int, str]:
        return run(CERTS, self.folder, *words)

    def names(self, certificate: str) -> str:
        """The subject alternative name, as openssl shows it."""
        shown = run("openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", self.folder / certificate)
        return shown[1].splitlines()[-1].strip()

    def test_the_names_stand_in_the_san(self) -> None:
        self.assertEqual(self.certs("--client", "alice")[0], 0)
        self.assertEqual(self.names("server.crt"), "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1")
        self.assertEqual(self.names("alice.crt"), "DNS:alice")

    def test_names_of_your_own(self) -> None:
        self.assertEqual(self.certs("--server", "db.example", "10.0.0.7")[0], 0)
        self.assertEqual(self.names("server.crt"), "DNS:db.example, IP Address:10.0.0.7")

    def test_keys_are_for_their_owner_alone(self) -> None:
        self.certs("--client", "alice")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in self.folder.glob("*.key")}
        self.assertEqual(modes, {"ca.key": 0o600, "server.key": 0o600, "alice.key": 0o600})

    def test_what_is_there_stays(self) -> None:
        self.certs()
        before = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        status, said = self.certs("--client", "alice")
        self.assertEqual(status, 0)
        self.assertEqual(said.replace(str(self.folder), "certs").splitlines(),
                         ["certs/ca.crt, ca.key: as before", "certs/server.crt, server.key: as before",
                          "certs/alice.crt, alice.key: for the client alice"])
        for name, text in before.items():
            self.assertEqual((self.folder / name).read_bytes(), text, name)
        self.assertEqual(run("openssl", "verify", "-CAfile", self.folder / "ca.crt", self.folder / "alice.crt")[0], 0)

    def test_half_a_pair_is_an_error(self) -> None:
        self.certs()
        (self.folder / "server.crt").unlink()
        key = (self.folder / "server.key").read_bytes()
        status, said = self.certs()
        self.assertEqual(status, 1)
        self.assertIn(f"tools/certs: {self.folder}/server.key is there without its other half; remove it first", said)
        self.assertEqual((self.folder / "server.key").read_bytes(), key)

    def test_what_is_no_name(self) -> None:
        for words in ["--server", "a,b"], ["--client", "../alice"], ["--client", "ca"], ["--client", ""]:
            with self.subTest(words):
                self.assertEqual(self.certs(*words)[0], 2)
                self.assertFalse(self.folder.exists())


class Name(unittest.TestCase):
    """Where a client of gRPC looks for the server's name."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.assertEqual(run(CERTS, self.folder)[0], 0)

    def certificate(self, san: str) -> None:
        """One that has localhost in its CN."""
        with tempfile.TemporaryDirectory() as scratch:
            request, extensions = pathlib.Path(scratch, "request"), pathlib.Path(scratch, "extensions")
            extensions.write_text(f"basicConstraints=CA:FALSE\n{san}\n", encoding="utf-8")
            for words in (["req", "-new", "-key", self.folder / "server.key", "-subj", "/CN=localhost", "-out", request],
                          ["x509", "-req", "-in", request, "-CA", self.folder / "ca.crt", "-CAkey", self.folder / "ca.key",
                           "-CAserial", pathlib.Path(scratch, "serial"), "-CAcreateserial", "-days", "2",
                           "-extfile", extensions, "-out", self.folder / "server.crt"]):
                self.assertEqual(run("openssl", *words)[0], 0)

    def get(self, host: str) -> tuple[int, str]:
        """A call to the server of this certificate."""
        pair = f"--tls_cert={self.folder}/server.crt", f"--tls_key={self.folder}/server.key"
        with serving(SERVER, *pair) as (_, address):
            port = address.rpartition(":")[2]
            return run(CLIENT, f"--target={host}:{port}", f"--ca={self.folder}/ca.crt", "put", "city", "Berlin")

    def test_with_a_san_the_cn_counts_for_nothing(self) -> None:
        self.certificate("subjectAltName=DNS:other.example")
        status, said = self.get("localhost")
        self.assertEqual(status, 14)
        self.assertIn("Peer name localhost is not in peer certificate", said)

    def test_without_a_san_the_cn_does_for_a_name_but_not_for_an_address(self) -> None:
        self.certificate("")
        self.assertEqual(self.get("localhost")[0], 0)
        status, said = self.get("127.0.0.1")
        self.assertEqual(status, 14)
        self.assertIn("Peer name 127.0.0.1 is not in peer certificate", said)


if __name__ == "__main__":
    CLIENT, SERVER, CERTS = sys.argv.pop(), sys.argv.pop(), sys.argv.pop()
    unittest.main()
