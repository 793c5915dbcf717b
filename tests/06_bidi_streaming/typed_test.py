"""import and pipeline from standard input, and on a terminal: typed_test.py SERVER CLIENT."""
import array
import fcntl
import json
import os
import pathlib
import pty
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import SECONDS, eventually, handlers, serving, started  # noqa: E402

CLIENT, SERVER = sys.argv.pop(), sys.argv.pop()
CANCELLED, FAILED, DEADLINE_EXCEEDED, NOT_FOUND = 1, 1, 4, 5
ENTRY = '{"key": "city", "value": "QmVybGlu"}\n'


def taken(process: subprocess.Popen) -> bool:
    """Whether a client has read all that was written to its pipe."""
    unread = array.array("i", [0])
    fcntl.ioctl(process.stdin.fileno(), termios.FIONREAD, unread)
    return unread[0] == 0


class Typed(unittest.TestCase):
    """Each test has a server of its own."""

    def setUp(self) -> None:
        self.server, self.address = self.enterContext(serving(SERVER))

    def client(self, *words: str, timeout: str = "1h") -> list[str]:
        return [CLIENT, f"--target={self.address}", f"--timeout={timeout}", *words]

    def status_of_get(self) -> int:
        return subprocess.run(self.client("get", "city"), capture_output=True, check=False).returncode

    def test_ctrl_c_cancels_a_unary_call(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            target = f"--target=127.0.0.1:{silent.getsockname()[1]}"
            with started(CLIENT, target, "--timeout=1h", "get", "city", stderr=subprocess.PIPE) as process:
                with silent.accept()[0]:  # the call waits for it to answer
                    process.send_signal(signal.SIGINT)
                    self.assertEqual(process.wait(SECONDS), CANCELLED)
                    self.assertEqual(process.stderr.read(), "CANCELLED: stopped by a signal\n")

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

    def test_a_deadline_ends_what_waits_for_input(self) -> None:
        for command in "import", "pipeline":
            for typed in "", '{"key": "ci':
                with self.subTest(command, typed=typed), \
                        started(*self.client(command, timeout="300ms"), stderr=subprocess.PIPE) as process:
                    process.stdin.write(typed)
                    process.stdin.flush()
                    self.assertEqual(process.wait(SECONDS), DEADLINE_EXCEEDED)
                    self.assertEqual(process.stderr.read(), "DEADLINE_EXCEEDED: Deadline Exceeded\n")

    def test_a_deadline_stores_no_half_of_an_import(self) -> None:
        with started(*self.client("import", timeout="300ms"), stderr=subprocess.PIPE) as process:
            process.stdin.write(ENTRY)
            process.stdin.flush()
            self.assertEqual(process.wait(SECONDS), DEADLINE_EXCEEDED)
        self.assertEqual(self.status_of_get(), NOT_FOUND)

    def test_a_fifo_that_nobody_writes_to(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            fifo = pathlib.Path(folder, "fifo")
            os.mkfifo(fifo)
            done = subprocess.run(self.client("import", str(fifo), timeout="300ms"), stderr=subprocess.DEVNULL,
                                  timeout=SECONDS, check=False)
            self.assertEqual(done.returncode, DEADLINE_EXCEEDED)

    def test_signals_end_a_client_in_the_middle_of_a_line(self) -> None:
        for command in "import", "pipeline":
            for number in signal.SIGINT, signal.SIGTERM:
                with self.subTest(command, signal=number), \
                        started(*self.client(command), stderr=subprocess.PIPE) as process:
                    process.stdin.write('{"key": "ci')
                    process.stdin.flush()
                    eventually("it has read that", lambda: taken(process))
                    process.send_signal(number)
                    self.assertEqual(process.wait(SECONDS), CANCELLED)
                    self.assertEqual(process.stderr.read(), "CANCELLED: stopped by a signal\n")

    def test_an_operation_leaves_before_the_next_line_is_whole(self) -> None:
        operation = '{"id": 1, "getRequest": {"key": "city"}}\n'
        answer = '1: NOT_FOUND: no such key "city"\n'
        for what_follows in "\n", "\r\n", '{"id": ':
            with self.subTest(what_follows), \
                    started(*self.client("pipeline", timeout="30s"), stderr=subprocess.DEVNULL) as process:
                for typed in operation, operation + what_follows:
                    process.stdin.write(typed)
                    process.stdin.flush()
                    self.assertEqual(process.stdout.readline(), answer)

    def test_a_terminal_that_hangs_up_is_no_end(self) -> None:
        terminal, stdin = pty.openpty()
        with started(*self.client("import"), stdin=stdin, stderr=subprocess.PIPE) as process:
            os.write(terminal, ENTRY.encode())
            os.close(terminal)
            self.assertEqual(process.wait(SECONDS), FAILED)
            self.assertEqual(process.stderr.read(), "client: cannot read standard input: Input/output error\n")
        os.close(stdin)
        self.assertEqual(self.status_of_get(), NOT_FOUND)

    def test_a_last_line_without_its_end_on_a_terminal(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as entries:
            entries.write('{"key": "city"}')
            entries.flush()
            terminal, stderr = pty.openpty()
            done = subprocess.run(self.client("import", entries.name), stdout=subprocess.DEVNULL, stderr=stderr,
                                  timeout=SECONDS, check=False)
            os.close(stderr)
            os.close(terminal)
            self.assertEqual(done.returncode, 0)

    def test_no_count_where_there_is_no_terminal(self) -> None:
        done = subprocess.run(self.client("import"), input=ENTRY * 20000, capture_output=True, text=True, check=True,
                              timeout=SECONDS)
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
