"""How each command of the client ends when its input or output breaks, or its server: ends_test.py SERVER CLIENT.

Each row of COMMANDS is run again and again, and something breaks at another place each
time. A client may never exit with 0 after it lost something.
"""
import base64
import dataclasses
import json
import os
import pathlib
import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from programs import SECONDS, serving  # noqa: E402

CLIENT, SERVER = sys.argv.pop(), sys.argv.pop()
OK, FAILED, DEADLINE_EXCEEDED, UNAVAILABLE = 0, 1, 4, 14
VALUE = base64.b64encode(b"x" * 1024).decode()
ENTRIES = "".join(json.dumps({"key": f"k{i:02}", "value": VALUE}) + "\n" for i in range(50))
OPERATIONS = "".join(json.dumps({"id": i, "getRequest": {"key": "k01"}}) + "\n" for i in range(50))
ENTRY = r'"k\d\d" = "x{1024}" \(revision \d+\)\n'


@dataclasses.dataclass(frozen=True)
class Command:
    """A command that is run undisturbed, and how that ends."""

    words: tuple[str, ...]
    prints: str
    status: int = OK
    message: str = ""  # of a message that it reads
    typed: str = ""


COMMANDS = [
    Command(("get", "k01"), ENTRY),
    Command(("put", "city", "Berlin"), r"revision \d+\n"),
    Command(("delete", "town"), r"absent \(revision \d+\)\n"),
    Command(("list", "k"), f"({ENTRY}){{50}}"),
    Command(("watch", "k", "--after_revision=1"), rf"watching after revision 1\n({ENTRY}){{49,}}", DEADLINE_EXCEEDED),
    Command(("import",), r"imported 50 \(revision \d+\)\n", message="kv.v1.ImportRequest", typed=ENTRIES),
    Command(("pipeline",), rf"(\d+: {ENTRY}){{50}}", message="kv.v1.PipelineRequest", typed=OPERATIONS),
]
READING = [command for command in COMMANDS if command.message]


def places(size: int) -> list[int]:
    """Five places at which so many bytes may be cut, and never all of them are there."""
    return [0, 1, size // 3, size * 2 // 3, size - 1]


class Relay:
    """Stands between a client and the server. It hands on so many bytes of the server's, then both connections end."""

    def __init__(self, server: str, most: int = sys.maxsize) -> None:
        self.server, self.left, self.sent = server, most, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(SECONDS)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run)

    def __enter__(self) -> "Relay":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.join()

    def run(self) -> None:
        """Relays one connection; there is no second one."""
        with self.listener:
            client = self.listener.accept()[0]
        host, _, port = self.server.rpartition(":")
        with client, socket.create_connection((host, int(port))) as server:
            up = threading.Thread(target=self.upwards, args=(client, server))
            up.start()
            while self.left and (data := server.recv(min(65536, self.left))):
                try:
                    client.sendall(data)
                except OSError:  # the client has ended
                    break
                self.left -= len(data)
                self.sent += len(data)
            for end in client, server:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            up.join()

    def upwards(self, client: socket.socket, server: socket.socket) -> None:
        """What the client sends; and its end is the server's."""
        try:
            while data := client.recv(65536):
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Ends(unittest.TestCase):
    """Each test has a server with 50 entries. No row changes what another one prints, but for revisions."""

    def setUp(self) -> None:
        _, self.address = self.enterContext(serving(SERVER))
        self.run_client(next(command for command in COMMANDS if command.words == ("import",)))

    def run_client(self, command: Command, target: str = "", typed: str | None = None, timeout: str = "",
                   **options: object) -> subprocess.CompletedProcess:
        """Runs it to its end. Only the undisturbed watch ends by its timeout."""
        timeout = timeout or ("1s" if command.status == DEADLINE_EXCEEDED else "60s")
        words = [CLIENT, f"--target={target or self.address}", f"--timeout={timeout}", *command.words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        if "stdin" not in pipes:
            pipes["input"] = command.typed if typed is None else typed
        return subprocess.run(words, text=True, check=False, timeout=SECONDS, **pipes)

    def undisturbed(self, command: Command, target: str = "") -> str:
        """What it prints when nothing breaks."""
        done = self.run_client(command, target)
        self.assertEqual(done.returncode, command.status, done.stderr)
        self.assertRegex(done.stdout, f"^{command.prints}$")
        return done.stdout

    def revision(self) -> str:
        """The store's; any write changes it."""
        return self.run_client(COMMANDS[2]).stdout

    def test_output_is_cut(self) -> None:
        for command in COMMANDS:
            for place in places(len(self.undisturbed(command))):
                with self.subTest(command.words, place=place), tempfile.TemporaryFile() as output:
                    done = self.run_client(
                        command, stdout=output, restore_signals=False,  # SIGXFSZ stays ignored: write() fails
                        timeout="60s", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (place, place)))
                    self.assertEqual((done.returncode, done.stderr), (FAILED, "client: cannot write to standard output\n"))
                    self.assertEqual(output.seek(0, os.SEEK_END), place)

    def test_output_is_full_or_closed_or_nobody_reads_it(self) -> None:
        for command in COMMANDS:
            reader, gone = os.pipe()
            os.close(reader)
            with open("/dev/full", "wb") as full:
                for name, options in {"full": {"stdout": full}, "closed": {"preexec_fn": lambda: os.close(1)},
                                      "not read": {"stdout": gone, "restore_signals": False}}.items():
                    with self.subTest(command.words, output=name):
                        done = self.run_client(command, timeout="60s", **options)
                        self.assertEqual((done.returncode, done.stderr),
                                         (FAILED, "client: cannot write to standard output\n"))
            os.close(gone)

    def test_input_is_cut(self) -> None:
        for command in READING:
            before = self.revision()
            for place in places(len(command.typed) - 1):  # without the newline it is whole
                typed = command.typed[:place]
                with self.subTest(command.words, place=place):
                    done = self.run_client(command, typed=typed)
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
                    before = self.revision()
                    done = self.run_client(command, **options)
                    if command in READING:
                        self.assertEqual(self.revision(), before)
                        self.assertEqual((done.returncode, done.stdout, done.stderr),
                                         (FAILED, "", f"client: cannot read standard input: {why}\n"))
                    else:
                        self.assertEqual(done.returncode, command.status)
                        self.assertRegex(done.stdout, f"^{command.prints}$")

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
                    if done.returncode == command.status:
                        self.assertRegex(done.stdout, f"^{command.prints}$")
                    else:
                        self.dies(done)

    def dies(self, done: subprocess.CompletedProcess) -> None:
        """The call says that it is not known what was done."""
        self.assertEqual(done.returncode, UNAVAILABLE, done.stderr)
        self.assertTrue(re.fullmatch(r"UNAVAILABLE: [^\n]+\n", done.stderr), done.stderr)


if __name__ == "__main__":
    unittest.main()
