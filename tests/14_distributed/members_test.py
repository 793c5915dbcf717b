"""A member of etcd that stands still: nothing is closed, so only an answer that does not come tells of it."""
import pathlib
import subprocess
import tempfile
import unittest

from chaos import cluster
from one_etcd import CLIENT, SERVER


class Members(unittest.TestCase):
    """A cluster of three, and a server that asks one of them, we don't know which."""

    def test_each_may_stand_still(self) -> None:
        """Whichever it is, the server soon asks another one. An election may take longer than the server waits, so the
        client tries again."""
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch, "cluster")
            try:
                status = cluster(folder, "up", f"--servers={SERVER}", "--ports=0")
                address = next(line.split()[1] for line in status.splitlines() if line.startswith("server1"))
                words = [CLIENT, f"--target={address}", f"--ca={folder}/certs/ca.crt", f"--token_file={folder}/alice.token",
                         "--timeout=20s", "--retry", "--attempt_timeout=5s"]
                for number, name in enumerate(("etcd1", "etcd2", "etcd3"), 1):
                    cluster(folder, "freeze", name)
                    put = subprocess.run([*words, "put", "still", name, f"--expected_revision={number - 1}"], capture_output=True, text=True, timeout=60, check=False)
                    self.assertEqual((put.stdout, put.stderr), (f"revision {number}\n", ""))
                    cluster(folder, "heal")
            finally:
                cluster(folder, "down")


if __name__ == "__main__":
    unittest.main()
