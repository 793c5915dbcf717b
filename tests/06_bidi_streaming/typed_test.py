"""import and pipeline from standard input, and on a terminal: typed_test.py SERVER CLIENT."""
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from programs import SECONDS, eventually, handlers, serving, started  # noqa: E402

CLIENT, SERVER = sys.argv.pop(), sys.argv.pop()
CANCELLED, NOT_FOUND = 1, 5
ENTRY = '{"key": "city", "value": "QmVybGlu"}\n'


class Typed(unittest.TestCase):
    """Each test has a server of its own."""

    def setUp(self) -> None:
        self.server, self.address = self.enterContext(serving(SERVER))

    def client(self, *words: str) -> list[str]:
        return [CLIENT, f"--target={self.address}", "--timeout=1h", *words]

    def status_of_get(self) -> int:
        return subprocess.run(self.client("get", "city"), capture_output=True, check=False).returncode

    def test_import_reads_standard_input_to_its_end(self) -> None:
        for words in ["import"], ["import", "-"]:
            done = subprocess.run(self.client(*words), input=ENTRY, capture_output=True, text=True,
                                  timeout=SECONDS, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"^imported 1 \(revision \d\)\n$")

    def test_ctrl_c_ends_an_import_that_waits_for_more_and_nothing_is_stored(self) -> None:
        with started(*self.client("import"), stderr=subprocess.PIPE) as process:
            # More than the pipe and gRPC hold back: once it is written the server has read of it.
            process.stdin.write(ENTRY.replace("QmVybGlu", "QmVy" * 16384) * 30)
            process.stdin.flush()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(SECONDS), CANCELLED)
            self.assertEqual(process.stderr.read(), "CANCELLED: stopped by a signal\n")
        eventually("it is over", lambda: handlers(self.server) <= 2)
        self.assertEqual(self.status_of_get(), NOT_FOUND)

    def test_pipeline_answers_each_line_as_it_is_typed(self) -> None:
        with started(*self.client("pipeline"), stderr=subprocess.PIPE) as process:
            for number in range(1, 4):
                process.stdin.write(json.dumps({"id": number, "putRequest": {"key": "city"}}) + "\n")
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), f"{number}: revision {number}\n")
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(SECONDS), CANCELLED)
            self.assertEqual(process.stderr.read(), "CANCELLED: stopped by a signal\n")

    def test_pipeline_ends_when_the_server_does_while_nothing_is_typed(self) -> None:
        with started(*self.client("pipeline"), stderr=subprocess.PIPE) as process:
            process.stdin.write('{"id": 1, "putRequest": {"key": "city"}}\n')
            process.stdin.flush()
            process.stdout.readline()
            self.server.kill()
            self.assertEqual(process.wait(SECONDS), 14)
            self.assertTrue(process.stderr.read().startswith("UNAVAILABLE: "))

    def import_with_stderr(self, stderr: int) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as entries:
            for i in range(20000):
                entries.write(json.dumps({"key": str(i)}) + "\n")
            entries.flush()
            subprocess.run(self.client("import", entries.name), stdout=subprocess.DEVNULL,
                           stderr=stderr, check=True, timeout=SECONDS)

    def test_a_bar_on_a_terminal_which_is_gone_at_the_end(self) -> None:
        terminal, stderr = pty.openpty()
        self.import_with_stderr(stderr)
        os.close(stderr)
        shown = b""
        try:
            while more := os.read(terminal, 65536):
                shown += more
        except OSError:  # the other end is closed, and all has been read
            os.close(terminal)
        self.assertRegex(shown.decode(), r"^(\r\[#* *\] \d+ entries sent)+\r\033\[K$")

    def test_no_bar_where_there_is_no_terminal(self) -> None:
        with tempfile.TemporaryFile() as errors:
            self.import_with_stderr(errors.fileno())
            self.assertEqual(errors.seek(0, os.SEEK_END), 0)


if __name__ == "__main__":
    unittest.main()
