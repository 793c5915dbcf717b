"""A peer that ends a call without a status: gRPC's own retries abort the process (grpc/grpc#34683)."""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import h2  # noqa: E402


class NoStatus(unittest.TestCase):
    """The headers of the response end the stream, and have no grpc-status."""

    def call(self, *flags: str) -> tuple[int, str]:
        """Returns the client's exit status and the end of what it says."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            headers = h2.response((":status", "200"), ("content-type", "application/grpc"))
            server = threading.Thread(target=h2.serve, args=(listener, headers))
            server.start()
            target = f"--target=127.0.0.1:{listener.getsockname()[1]}"
            done = subprocess.run([os.environ["CLIENT"], target, "--pick_healthy=false", *flags, "get", "city"],
                                  capture_output=True, text=True, timeout=60, check=False)
            server.join()
        return done.returncode, done.stderr.strip()

    def test_with_and_without_retries(self) -> None:
        """Without them it is an error like any other."""
        # [aborts]
        code, said = self.call()
        self.assertEqual(code, -signal.SIGABRT)
        self.assertIn("""Assertion `false && "this->engaged_"' failed""", said)
        self.assertEqual(self.call("--retry=false"), (2, "UNKNOWN: No status received"))
        # [aborts]


if __name__ == "__main__":
    unittest.main()
