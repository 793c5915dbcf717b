r"""Sessions: what is typed into a few terminals, and what they show.

    # A caption, one line.
    [server] $ ./server                 a command; [server] names the terminal
    [server] READY 127.0.0.1:50051      what it prints
    [client] $ ./client get city
    [client] NOT_FOUND: no such key "city"
    [client] $ echo $?                  the exit status of that terminal's last command
    [client] 5
    [server] ^C                         Ctrl-C: SIGINT, then wait for the end
    [server] ^Z                         Ctrl-Z: the program stands still ...
    [server] $ fg                       ... until it goes on

Such a file is what a page shows, what `tools/stage run` plays and what a test
repeats. 127.0.0.1:50051 stands for the address that a run really got.
"""
import dataclasses
import pathlib
import re

LINE = re.compile(r"\[(\w+)\](?: (.*))?")
KEYS = {"^C", "^Z"}


@dataclasses.dataclass(frozen=True)
class Event:
    """One line of a session. `kind` is command, key or output."""

    number: int
    label: str
    kind: str
    text: str


@dataclasses.dataclass(frozen=True)
class Session:
    """A parsed session file."""

    path: pathlib.Path
    caption: str
    events: list[Event]

    def lines(self) -> list[str]:
        """The file without its caption, as Player.play() returns it."""
        return self.path.read_text(encoding="utf-8").splitlines()[1:]


def parse(path: pathlib.Path) -> Session:
    """Reads a session file. ValueError names the line that is wrong."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0].startswith("# "):
        raise ValueError(f"{path}:1: the first line is the caption: # What this shows")
    events = []
    for number, line in enumerate(lines[1:], 2):
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{path}:{number}: not [terminal] text: {line!r}")
        label, text = match[1], match[2] or ""
        if text.startswith("$ "):
            events.append(Event(number, label, "command", text[2:]))
        else:
            events.append(Event(number, label, "key" if text in KEYS else "output", text))
    return Session(path, lines[0][2:], events)
