"""What a server makes of a watcher that dies, and of one that stands still:
gone_client_test.py SERVER CLIENT

The server takes one call at a time. So another call tells whether the watch
still occupies its thread.
"""
import signal
import subprocess
import sys
import unittest

SERVER, CLIENT = sys.argv[1], sys.argv[2]
NOT_FOUND, RESOURCE_EXHAUSTED = 5, 8  # exit statuses of the client


class GoneClient(unittest.TestCase):
    """Each test has a server, and a watch that stands."""

    def begin(self, timeout: str) -> None:
        self.server = subprocess.Popen([SERVER, "--listen=127.0.0.1:0", "--max_calls=1"],
                                       stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, self.server)
        self.target = "--target=" + self.server.stdout.readline().removeprefix("READY ").strip()
        self.watcher = subprocess.Popen([CLIENT, self.target, "watch", f"--timeout={timeout}"],
                                        stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, self.watcher)
        self.assertEqual(self.watcher.stdout.readline(), "watching after revision 0\n")
        self.assertEqual(self.get(), RESOURCE_EXHAUSTED)

    def end(self, program: subprocess.Popen) -> None:
        program.kill()
        program.wait(30)
        program.stdout.close()

    def get(self) -> int:
        return subprocess.run([CLIENT, self.target, "--timeout=30s", "get", "city"],
                              capture_output=True, timeout=60).returncode

    def wait_for_the_thread(self) -> None:
        """Returns once another call is handled; the test's timeout is the bound."""
        while (status := self.get()) == RESOURCE_EXHAUSTED:
            pass
        self.assertEqual(status, NOT_FOUND)

    def test_a_killed_client_frees_its_thread(self) -> None:
        self.begin(timeout="1h")
        self.watcher.kill()  # SIGKILL: it says nothing to the server
        self.wait_for_the_thread()

    def test_a_client_that_stands_still_frees_it_at_its_deadline(self) -> None:
        self.begin(timeout="2s")
        self.watcher.send_signal(signal.SIGSTOP)  # as Ctrl-Z
        self.wait_for_the_thread()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
