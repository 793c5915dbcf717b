"""Several servers with TLS: which name their certificates must have, and who asks them for health."""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from programs import serving  # noqa: E402

SERVER, CLIENT, CERTS = os.environ["SERVER"], os.environ["CLIENT"], os.environ["CERTS"]


class Tls(unittest.TestCase):
    """Two servers with one certificate."""

    def setUp(self) -> None:
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "tokens").write_text("alice secret writer\n", encoding="utf-8")
        (folder / "alice.token").write_text("secret\n", encoding="utf-8")
        flags = [f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key", f"--token_file={folder / 'tokens'}"]
        servers = contextlib.ExitStack()
        self.addCleanup(servers.close)
        self.addresses = [servers.enter_context(serving(SERVER, *flags))[1] for _ in range(2)]
        self.flags = [f"--ca={CERTS}/ca.crt", f"--token_file={folder / 'alice.token'}"]

    def says(self, target: str, *words: str) -> str:
        """Runs the client, and returns all that it prints."""
        done = subprocess.run([CLIENT, f"--target={target}", *self.flags, *words], capture_output=True, text=True, timeout=60, check=False)
        return (done.stdout + done.stderr).strip()

    def test_several_addresses_have_no_name(self) -> None:
        """gRPC takes the whole list for the name, unless it is told another one."""
        both = ",".join(self.addresses)
        said = self.says(f"ipv4:{both}", "--timeout=1s", "put", "a", "1")
        self.assertIn(f"Peer name {both} is not in peer certificate", said)
        self.assertEqual(self.says(f"ipv4:{both}", "--server_name=localhost", "put", "a", "1"), "revision 1")

    def test_health_is_asked_with_the_credentials_of_the_channel(self) -> None:
        """With --per_call these have no token, so the channel does not ask."""
        self.assertEqual(self.says(self.addresses[0], "put", "a", "1"), "revision 1")
        self.assertEqual(self.says(self.addresses[0], "--per_call", "put", "a", "2"), "revision 2")


if __name__ == "__main__":
    unittest.main()
