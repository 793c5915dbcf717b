"""Plays a session with nghttp or nghttpd, which show HTTP/2 frames: frames.py SESSION BUILD_DIR [--update].

What differs from run to run is left out: times, the frames that only manage the
connection (PING, WINDOW_UPDATE, GOAWAY, acknowledgements), how long packed headers
are, for they hold the port, and how much gRPC takes at a time, for that depends on
its memory quota. The headers of a frame stand below it. What one side sends comes
before what the other answers. The rest must be as it is written.
"""
import pathlib
import re
import shlex
import shutil
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from stagelib import building, course, player, session  # noqa: E402

SKIPPED = 77
SYSTEM = "/usr/sbin:/usr/bin:/bin"  # a user's PATH may lack sbin, where nghttpd is
TIME = re.compile(r"^(?:\[id=\d+\] )?\[ *\d+\.\d+\] ")
HEADER = re.compile(r"recv \(stream_id=\d+\) (.*)")
INDENT = " " * 10
NOISE = re.compile(r"\((niv|padlen)=\d+\)|; (First response header|Open new stream)|(user-agent: nghttp2|date: ).*")
DROPPED = re.compile(r"(send|recv) (PING|WINDOW_UPDATE|GOAWAY)|(send|recv) SETTINGS frame <length=0")


def tidy(lines: list[str], first: str) -> list[str]:
    """The frames that nghttp or nghttpd printed, those of `first` (send or recv) before the others."""
    frames: list[list[str]] = []
    waiting: list[str] = []  # headers, which come before their frame
    for line in lines:
        text = TIME.sub("", line)
        if header := HEADER.fullmatch(text):
            waiting.append(INDENT + header[1])
        elif text.startswith(("send ", "recv ")):
            frames.append([text])
        elif text.startswith(INDENT) and frames:
            frames[-1].append(text)
        if text.startswith("recv HEADERS"):
            frames[-1] += waiting
            waiting = []
    kept = [frame for frame in frames if not DROPPED.match(frame[0])]
    kept.sort(key=lambda frame: not frame[0].startswith(first))
    text = "\n".join(line for frame in kept for line in sorted(frame, key=rank) if not NOISE.fullmatch(line.strip()))
    text = re.sub(r"HEADERS frame <length=\d+", "HEADERS frame <length=…", text)
    text = re.sub(r"(WINDOW_SIZE\(0x04\)|FRAME_SIZE\(0x05\)):4\d{6}", r"\1:…", text)
    return re.sub(r"grpc-timeout: \S+", "grpc-timeout: 5S", text).splitlines()


def rank(line: str) -> int:
    """A frame's own line, its flags, then the rest."""
    return 0 if not line.startswith(" ") else 1 if line.strip().startswith(";") else 2


class FramePlayer(player.Player):
    """A player that also knows nghttp, nghttpd and the shell."""

    def command(self, event: session.Event, stays: bool) -> None:
        """Types a command, and waits for it unless it stays."""
        word = event.text.split()[0]
        if word in ("./server", "./client", "echo"):
            return super().command(event, stays)
        self.emit(event.label, "$ " + event.text, typed=True)
        if word == "nghttpd":
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            command = ["stdbuf", "-oL", str(shutil.which(word, path=SYSTEM)), *shlex.split(event.text)[1:-1],
                       "-a", "127.0.0.1", str(port)]
            program = self.running[event.label] = player.Program(command, self.directory)
            program.line()  # it listens
            self.address = f"127.0.0.1:{port}"
            return None
        text = event.text.replace(player.SHOWN_ADDRESS, self.address)
        self.show_output(event.label, player.Program(["bash", "-c", text], self.directory),
                         "send" if word == "nghttp" and "|" not in text else "")
        return None

    def key(self, event: session.Event) -> None:
        """Ctrl-C."""
        if event.label != "nghttpd":
            return super().key(event)
        program = self.running.pop(event.label)
        program.process.terminate()  # its output first, as it came before the key
        self.show_output(event.label, program, "recv")
        self.emit(event.label, event.text, typed=True)
        return None

    def show_output(self, label: str, program: player.Program, first: str) -> None:
        """All that a program prints to its end; tidied if it is about frames."""
        lines = []
        while (line := program.line()) is not None:
            lines.append(line.rstrip())
        self.status[label] = program.close()
        if first:
            lines = tidy(lines, first)
        if label == "nghttpd":  # what it answers is a web server's page: of no interest
            ours = next((n for n, line in enumerate(lines) if line.startswith("send")), len(lines))
            lines = lines[:ours]
        for line in lines:
            self.emit(label, line)

    def read_line(self, label: str) -> bool:
        """nghttpd's lines are read at its end."""
        return label != "nghttpd" and super().read_line(label)


def main(name: str, build: str, *options: str) -> int:
    """Status 0 when all went as written, 1 otherwise."""
    if any(shutil.which(tool, path=SYSTEM) is None for tool in ("nghttp", "nghttpd")):
        print("nghttp and nghttpd are needed (Debian: nghttp2-client, nghttp2-server)")
        return SKIPPED
    stage = course.find(course.load(), "03_client_stub")
    script = session.parse(stage.sessions()[name])
    return player.verdict(FramePlayer(script, building.directory(stage, pathlib.Path(build))), "--update" in options)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
