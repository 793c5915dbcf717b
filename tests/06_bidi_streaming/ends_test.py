"""How each command of the client ends when its input or output breaks, or its server: ends_test.py SERVER CLIENT.

Each row of COMMANDS is run again and again, and something breaks at another place each
time. A client may never exit with 0 after it lost something.
"""
import base64
import dataclasses
import itertools
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import SECONDS, serving, started  # noqa: E402
from relay import Relay  # noqa: E402

CLIENT, SERVER = sys.argv.pop(), sys.argv.pop()
OK, CANCELLED, FAILED, UNAVAILABLE = 0, 1, 1, 14
VALUE = base64.b64encode(b"x" * 1024).decode()
ENTRIES = "".join(json.dumps({"key": f"k{i:02}", "value": VALUE}) + "\n" for i in range(50))
OPERATIONS = "".join(json.dumps({"id": i, "getRequest": {"key": "k01"}}) + "\n" for i in range(50))
ENTRY = r'"k\d\d" = "x{1024}" \(revision \d+\)\n'


@dataclasses.dataclass(frozen=True)
class Command:
    """A command, and what it does when nothing breaks."""

    words: tuple[str, ...]
    prints: str
    message: str = ""  # what a line of its input is
    typed: str = ""


COMMANDS = [
    Command(("get", "k01"), ENTRY),
    Command(("put", "city", "Berlin"), r"revision \d+\n"),
    Command(("delete", "town"), r"absent \(revision \d+\)\n"),
    Command(("list", "k"), f"({ENTRY}){{50}}"),
    Command(("watch", "k", "--after_revision=1"), rf"watching after revision 1\n({ENTRY}){{49}}"),
    Command(("import",), r"imported 50 \(revision \d+\)\n", "kv.v1.ImportRequest", ENTRIES),
    Command(("pipeline",), rf"(\d+: {ENTRY}){{50}}", "kv.v1.PipelineRequest", OPERATIONS),
]
READING = [command for command in COMMANDS if command.message]


def places(size: int) -> list[int]:
    """Five places at which so many bytes may be cut, and never all of them are there."""
    return [0, 1, size // 3, size * 2 // 3, size - 1]


class Ends(unittest.TestCase):
    """Each test has a server with 50 entries. No row changes what another one prints, but for revisions."""

    def setUp(self) -> None:
        _, self.address = self.enterContext(serving(SERVER))
        self.run_client(next(command for command in COMMANDS if command.words == ("import",)))

    def words(self, command: Command, target: str = "") -> list[str]:
        return [CLIENT, f"--target={target or self.address}", "--timeout=30s", *command.words]

    def run_client(self, command: Command, target: str = "", **options: object) -> subprocess.CompletedProcess:
        """Runs it to its end."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        if "stdin" not in pipes:
            pipes.setdefault("input", command.typed)
        return subprocess.run(self.words(command, target), text=True, check=False, timeout=SECONDS, **pipes)

    def undisturbed(self, command: Command, target: str = "", **options: object) -> str:
        """What it prints when nothing breaks. A watch is interrupted when it has printed that."""
        if command.words[0] == "watch":
            with started(*self.words(command, target), stderr=subprocess.DEVNULL, **options) as process:
                printed = "".join(itertools.islice(process.stdout, 50))
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(SECONDS), CANCELLED)
        else:
            done = self.run_client(command, target, **options)
            self.assertEqual((done.returncode, done.stderr), (OK, ""))
            printed = done.stdout
        self.assertRegex(printed, f"^{command.prints}$")
        return printed

    def revision(self) -> str:
        """The store's; any write changes it."""
        return self.run_client(COMMANDS[2]).stdout

    def test_output_is_cut(self) -> None:
        for command in COMMANDS:
            for place in places(len(self.undisturbed(command)))[1:]:  # the first is the next test's
                with self.subTest(command.words, place=place), tempfile.TemporaryFile() as output:
                    done = self.run_client(
                        command, stdout=output, restore_signals=False,  # SIGXFSZ stays ignored: write() fails
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (place, place)))
                    self.assertEqual((done.returncode, done.stderr), (FAILED, "client: cannot write to standard output\n"))
                    self.assertEqual(output.seek(0, os.SEEK_END), place)

    def test_output_is_full_or_closed_or_nobody_reads_it(self) -> None:
        reader, gone = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, gone)
        full = self.enterContext(open("/dev/full", "wb"))
        cases = [(command, "full", {"stdout": full}) for command in COMMANDS]
        for command in COMMANDS[0], COMMANDS[-1]:
            cases += [(command, "closed", {"preexec_fn": lambda: os.close(1)}),
                      (command, "not read", {"stdout": gone, "restore_signals": False})]  # SIGPIPE stays ignored
        for command, name, options in cases:
            with self.subTest(command.words, output=name):
                done = self.run_client(command, **options)
                self.assertEqual((done.returncode, done.stderr), (FAILED, "client: cannot write to standard output\n"))

    def test_input_is_cut(self) -> None:
        for command in READING:
            before = self.revision()
            for place in places(len(command.typed) - 1):  # without the newline it is whole
                typed = command.typed[:place]
                with self.subTest(command.words, place=place):
                    done = self.run_client(command, input=typed)
                    if place == 0:
                        self.assertEqual((done.returncode, done.stderr), (OK, ""))
                        continue
                    line = typed.count("\n") + 1
                    self.assertEqual((done.returncode, done.stderr),
                                     (FAILED, f"client: standard input, line {line}: not a {command.message} in JSON\n"))
            self.assertEqual(self.revision(), before)

    def test_input_is_closed_or_cannot_be_read(self) -> None:
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        for why, options in {"Bad file descriptor": {"stdin": None, "preexec_fn": lambda: os.close(0)},
                             "Is a directory": {"stdin": folder}}.items():
            for command in COMMANDS if why == "Bad file descriptor" else READING:
                with self.subTest(command.words, why=why):
                    if command not in READING:
                        self.undisturbed(command, **options)
                        continue
                    before = self.revision()
                    done = self.run_client(command, **options)
                    self.assertEqual((done.returncode, done.stdout, done.stderr),
                                     (FAILED, "", f"client: cannot read standard input: {why}\n"))
                    self.assertEqual(self.revision(), before)

    def test_server_is_gone(self) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            for command in COMMANDS:
                with self.subTest(command.words):
                    self.dies(self.run_client(command, "127.0.0.1:%d" % nobody.getsockname()[1]))

    def test_server_dies(self) -> None:
        for command in COMMANDS:
            with Relay(self.address) as whole:
                self.undisturbed(command, whole.address)
            for place in places(whole.sent):
                with self.subTest(command.words, place=place, of=whole.sent):
                    with Relay(self.address, most=place) as cut:
                        done = self.run_client(command, cut.address)
                    # The last bytes need not be the call's.
                    if done.returncode == OK:
                        self.assertRegex(done.stdout, f"^{command.prints}$")
                    else:
                        self.dies(done)

    def dies(self, done: subprocess.CompletedProcess) -> None:
        """The call says that it is not known what was done."""
        self.assertEqual(done.returncode, UNAVAILABLE, done.stderr)
        self.assertTrue(re.fullmatch(r"UNAVAILABLE: [^\n]+\n", done.stderr), done.stderr)


if __name__ == "__main__":
    unittest.main()
