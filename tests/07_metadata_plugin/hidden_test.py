"""A token from a file is seen by nobody who lists the processes: hidden_test.py SERVER CLIENT CERTS"""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from programs import serving, started  # noqa: E402


def listed(process: int) -> str:
    """What `ps` shows of it, to every user."""
    return pathlib.Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")


class Hidden(unittest.TestCase):
    """Arguments can be read by every user, files and memory can't."""

    def test_everybody_may_read_the_arguments(self) -> None:
        with started("sleep", "60", "--token=secret") as process:
            cmdline = pathlib.Path(f"/proc/{process.pid}/cmdline")
            self.assertTrue(cmdline.stat().st_mode & 0o004)

    def test_the_clients_arguments_have_no_token(self) -> None:
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("alice secret-of-alice")
            file.flush()
            pair = f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key"
            with serving(SERVER, *pair) as (_, address), started(
                    CLIENT, f"--target={address}", f"--ca={CERTS}/ca.crt", f"--token_file={file.name}",
                    "watch", "--timeout=1m") as client:
                self.assertEqual(client.stdout.readline(), "watching after revision 0\n")  # the call runs
                self.assertIn("--token_file=", listed(client.pid))
                self.assertNotIn("secret-of-alice", listed(client.pid))


if __name__ == "__main__":
    CERTS, CLIENT, SERVER = sys.argv.pop(), sys.argv.pop(), sys.argv.pop()
    unittest.main()
