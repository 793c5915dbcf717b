"""Plays a session: types its commands into real programs and collects what they print.

The programs run in a folder of the session's own, with links to what is in the
stage's build directory: what one session writes no other one meets. `./server` gets
a free port (--listen=127.0.0.1:0) and `./client` is told it (--target=...), so that
a session never meets a port in use; in what is compared, the real address reads
127.0.0.1:50051 again, and what differs from run to run is replaced (see VARIES). A second server is typed with `--listen=127.0.0.1:50052`, and
clients that call it with `--target=127.0.0.1:50052`. A server that is started after `pkill -KILL` gets the address
of the one that was killed. A command is waited for, unless its terminal's next key is
^C or ^Z, or something is typed elsewhere between two of its lines: then it stays,
and its lines are awaited one by one.

`../../../tools/cluster` starts a cluster of the session's own, in ../../cluster, and ends it afterwards.
"""
import contextlib
import difflib
import os
import pathlib
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from .course import ROOT
from .session import Event, Session

SHOWN_ADDRESS = "127.0.0.1:50051"
SECOND = "127.0.0.1:50052"
KILL = "pkill -KILL -x server"  # as if the machine had failed
TOOLS = "../../../tools/"  # as typed in a stage's build directory
TESTS = "../../tests/"  # its own programs for the page
CLUSTER = TOOLS + "cluster"
METRICS = "127.0.0.1:9464"
VARIES = [(re.compile(pattern), shown) for pattern, shown in (
    (r"\b\d+\.\d ms\b", "0.3 ms"), (r'"ms":[\d.]+', '"ms":0.123'), (r'"time":"[^"]*"', '"time":"2026-12-01T08:15:00.123Z"'),
    (r'"peer":"ipv4:127.0.0.1:\d+"', '"peer":"ipv4:127.0.0.1:40404"'),
    # What a client sees of a server that was killed depends on whether something that it sent had not been read yet.
    (r"\bUNAVAILABLE: recvmsg:Connection reset by peer", "UNAVAILABLE: Socket closed"),
    # haproxy 3.0 and 2.6.
    (r"the watch broke \(CANCELLED: Received RST_STREAM with error code 8\)", "the watch broke (UNKNOWN: Stream removed)"),
    (r"\b[0-9a-f]{16}\b", "3f9c2d1e8a7b6054"), (r"^(etcd1 .*)follower", r"\1leader"), (r"^(etcd[23] .*)leader", r"\1follower"))]
CLUSTER_PART = re.compile(r"(server|etcd|proxy)([123]?)\s+(127\.0\.0\.1:\d+) .*")
CLUSTER_ADDRESS = {"server": "127.0.0.1:5005", "etcd": "127.0.0.1:2037", "proxy": "127.0.0.1:50050"}  # and the number
READY = re.compile(r"READY (\S+:\d+)")
SERVES_METRICS = re.compile(r"server: metrics at http://(\S+)/metrics")
SIGNALS = {f"pkill -{name} -x server": number for name, number in (("HUP", signal.SIGHUP), ("TERM", signal.SIGTERM))}
SECONDS = 30.0  # for one line or one exit; only a failing session waits that long


class Program:
    """A running program whose output is read line by line. Ended by close()."""

    def __init__(self, command: list[str], directory: pathlib.Path) -> None:
        self.process = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.buffer = b""

    def line(self) -> str | None:
        """The next line, None at the end; TimeoutError when neither comes."""
        deadline = time.monotonic() + SECONDS
        pipe = self.process.stdout.fileno()
        while b"\n" not in self.buffer:
            if not select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"no line within {SECONDS:.0f} s")
            data = os.read(pipe, 65536)
            if not data:
                break
            self.buffer += data
        if not self.buffer:
            return None
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode(errors="backslashreplace")

    def stop(self) -> None:
        """Ctrl-Z: returns when the program has stopped."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def close(self) -> int:
        """Ends the program if it has not, and returns its exit status."""
        self.process.stdout.close()
        if self.process.poll() is None:
            try:
                self.process.wait(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


class Player:
    """Plays one session once. `show` gets each line as it happens: label, text, typed."""

    def __init__(self, session: Session, directory: pathlib.Path,
                 show: Callable[[str, str, bool], None] = lambda *_: None) -> None:
        self.session, self.directory, self.show = session, directory, show
        self.home = directory  # what a path in a command is relative to
        self.running: dict[str, Program] = {}
        self.servers: set[str] = set()  # labels whose program said READY
        self.status: dict[str, int] = {}
        self.address = ""
        self.second = SECOND  # the second server's real address, once it is ready
        self.metrics = METRICS  # the real address, once a server has printed it
        self.nobody: socket.socket | None = None  # holds `address` for the next server, and refuses connections until then
        self.led = False  # whether the last command was about the etcd that leads, whichever that was
        self.cluster: dict[str, str] = {}  # what is shown for each address of a cluster
        self.lines: list[str] = []

    def play(self) -> list[str]:
        """Plays the session and returns what happened, in the form of its file without the caption."""
        with tempfile.TemporaryDirectory() as folder:
            inside = pathlib.Path(folder, "stages", self.directory.name)
            inside.mkdir(parents=True)
            for file in self.directory.iterdir():
                (inside / file.name).symlink_to(file.absolute())
            self.directory = inside
            return self._play()

    def _play(self) -> list[str]:
        try:
            for place, event in enumerate(self.session.events):
                if event.kind == "command":
                    if event.label in self.running and event.text != "fg":
                        self.finish(event.label)
                    self.command(event, stays=self.stays(place))
                elif event.kind == "key":
                    self.key(event)
                elif event.label in self.running:
                    try:
                        self.read_line(event.label)
                    except TimeoutError as error:
                        raise TimeoutError(f"[{event.label}]: {error}, after:\n" + "\n".join(self.lines)) from None
            for label in list(self.running):
                self.finish(label)
        finally:
            for program in self.running.values():
                program.process.kill()
                program.close()
            if self.nobody:
                self.nobody.close()
            if (self.directory / "../../cluster").exists():
                subprocess.run(self.real([CLUSTER, "down"], ""), cwd=self.directory, stdout=subprocess.DEVNULL, check=True)
        return self.lines

    def stays(self, place: int) -> bool:
        """Whether this command's program keeps running while other commands are typed."""
        label = self.session.events[place].label
        typed_elsewhere = False
        for event in self.session.events[place + 1:]:
            if event.text == KILL:
                return True
            if event.label != label:
                typed_elsewhere |= event.kind != "output"
            elif event.kind != "output" or typed_elsewhere:
                return event.kind != "command"
        return False

    def command(self, event: Event, stays: bool) -> None:
        if event.text == "echo $?":
            self.emit(event.label, "$ " + event.text, typed=True)
            self.emit(event.label, str(self.status.get(event.label, 0)))
        elif event.text == "fg":
            self.emit(event.label, "$ " + event.text, typed=True)
            self.running[event.label].process.send_signal(signal.SIGCONT)
        elif event.text == KILL:
            self.emit(event.label, "$ " + event.text, typed=True)
            for label in self.servers & self.running.keys():
                self.running[label].process.kill()
                self.finish(label)
            if self.address:
                self.hold(self.address)  # clients that are running expect the next server there
        elif event.text in SIGNALS:  # only this session's server, not every one on the machine
            self.emit(event.label, "$ " + event.text, typed=True)
            for label in self.servers & self.running.keys():
                self.running[label].process.send_signal(SIGNALS[event.text])
        else:
            real = self.real(shlex.split(event.text), event.text)
            self.emit(event.label, "$ " + event.text, typed=True,
                      real="$ " + shlex.join(real) if real[0] in ("./server", "./client") else "")
            self.running[event.label] = Program(real, self.directory)
            self.led = "leader" in real
            if not stays:
                self.finish(event.label)

    def real(self, words: list[str], text: str) -> list[str]:
        """The command with the addresses of this run; one that makes a file is the shell's."""
        if f"--metrics={METRICS}" in words:
            words = [word.replace(METRICS, "127.0.0.1:0") for word in words]
        text = text.replace(METRICS, self.metrics)
        words = [word.replace(SECOND, self.second).replace(SHOWN_ADDRESS, self.address or SHOWN_ADDRESS) for word in words]
        if f"--listen={SECOND}" in words:
            return [word.replace(SECOND, "127.0.0.1:0") for word in words]
        if words[0] == CLUSTER:
            up = ["--ports=0", f"--servers={self.home.absolute()}/server"] if words[1] == "up" else []
            return [str(ROOT / "tools/cluster"), "--folder=../../cluster", words[1], *up, *words[2:]]
        for real, shown in self.cluster.items():
            words = [word.replace(shown, real) for word in words]
        if words[0] == "./client" and (f"--target={self.second}" in words or self.cluster):
            return ["bash", "-c", shlex.join(words).replace(" '>' ", " > ")] if ">" in words else words
        if words[0] == "./server":
            free = not self.nobody and not self.servers & self.running.keys()
            return [words[0], "--listen=" + ("127.0.0.1:0" if free else self.address), *words[1:]]
        if words[0] == "./client":
            if not self.address:
                self.address = self.hold("127.0.0.1:0")
            target = "--target=" + self.address
            if ">" in words:
                return ["bash", "-c", text.replace(words[0], f"{words[0]} {target}", 1)]
            return [words[0], target, *words[1:]]
        if words[0].startswith(TOOLS):
            return [str(ROOT / "tools" / words[0].removeprefix(TOOLS)), *words[1:]]
        if words[0].startswith(TESTS):
            return [str(self.home.absolute() / words[0]), *words[1:]]
        return ["bash", "-c", text] if {">", "|"} & set(words) else words

    def hold(self, address: str) -> str:
        """Holds an address, so that connections are refused there and no other program gets it. Returns it with its port."""
        host, _, port = address.partition(":")
        self.nobody = socket.socket()
        self.nobody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server, which sets it too, can still listen there
        self.nobody.bind((host, int(port)))
        return f"{host}:{self.nobody.getsockname()[1]}"

    def key(self, event: Event) -> None:
        self.emit(event.label, event.text, typed=True)
        program = self.running[event.label]
        if event.text == "^Z":
            program.stop()
        else:
            program.process.send_signal(signal.SIGINT)
            self.finish(event.label)

    def read_line(self, label: str) -> bool:
        line = self.running[label].line()
        if line is None:
            return False
        if ready := READY.fullmatch(line):
            if self.address and self.servers & self.running.keys():
                self.second = ready[1]
            else:
                self.address = ready[1]
            self.servers.add(label)
            if self.nobody:
                self.nobody.close()
                self.nobody = None
        if part := CLUSTER_PART.fullmatch(line):
            self.cluster[part[3]] = CLUSTER_ADDRESS[part[1]] + part[2]
        if serves := SERVES_METRICS.fullmatch(line):
            self.metrics = serves[1]
        self.emit(label, line.rstrip())
        return True

    def finish(self, label: str) -> None:
        """Reads on to the end of the program."""
        with contextlib.suppress(TimeoutError):
            while self.read_line(label):
                pass
        self.status[label] = self.running.pop(label).close()
        self.servers.discard(label)

    def emit(self, label: str, text: str, typed: bool = False, real: str = "") -> None:
        self.show(label, real or text, typed)
        # Without an address of its own nothing is replaced.
        shown = text.replace(self.address, SHOWN_ADDRESS) if self.address else text
        shown = shown.replace(self.second, SECOND).replace(self.metrics, METRICS)
        for address, instead in self.cluster.items():
            shown = shown.replace(address, instead)
        if self.led:
            shown = re.sub(r"^etcd\d", "etcd1", shown)
        for pattern, instead in VARIES:
            shown = pattern.sub(instead, shown)
        self.lines.append(f"[{label}] {shown}".rstrip())


def verdict(player: Player, update: bool) -> int:
    """Plays; an exit status: 0 when all went as written. If not it shows the difference, and
    writes what was printed into the session when it may `update` it."""
    script = player.session
    real = player.play()
    if real == script.lines():
        return 0
    sys.stdout.writelines(f"{line}\n" for line in difflib.unified_diff(
        script.lines(), real, str(script.path), "what was printed", lineterm="", n=2))
    if update:
        script.path.write_text("\n".join([f"# {script.caption}", *real, ""]), encoding="utf-8")
    return 1
