"""Processes: start them in the background, see what they do, send them signals, end them."""
import contextlib
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterable

from .state import Fault, Part, State

SECONDS = 30.0  # the time for a part to become ready
LAST = 15  # lines of a log to show when it doesn't
# etcd and etcdctl read all their flags from variables, too. Those of the user are for another cluster.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("ETCD_", "ETCDCTL_"))}
ENVIRONMENT.update(no_proxy="127.0.0.1,localhost", NO_PROXY="127.0.0.1,localhost")
# The program starts when its line arrives. By then its process ID is in state.json, so the forwarder knows who connects,
# and `down` finds it even if we are killed here. If we are, `read` fails and nothing starts.
GATE = ["sh", "-c", 'read go && exec "$@" </dev/null', "sh"]


def _stat(pid: int) -> tuple[str, int]:
    """Returns the state letter and start time of a process; ("", 0) if there is none."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return "", 0
    return fields[0], int(fields[19])


def condition(part: Part) -> str:
    """Returns running, frozen or dead. A process that has the same ID by chance is not ours: its start time differs."""
    letter, started = _stat(part.pid) if part.pid else ("", 0)
    if started != part.started or letter in ("", "Z", "X"):
        return "dead"
    return "frozen" if letter in "Tt" else "running"


def log(state: State, part: Part) -> pathlib.Path:
    """Returns the file that gets what the part prints."""
    return state.folder / f"{part.name}.log"


def start(state: State, part: Part) -> int:
    """Starts a part and saves its process ID. Returns where in its log the new output begins."""
    with log(state, part).open("ab") as file:
        begin = file.tell()
        process = subprocess.Popen([*GATE, *part.command], stdin=subprocess.PIPE, stdout=file, stderr=file, cwd=state.cwd,
                                   env=ENVIRONMENT, start_new_session=True)
    part.pid, part.started = process.pid, _stat(process.pid)[1]
    state.save()
    assert process.stdin
    with contextlib.suppress(BrokenPipeError), process.stdin:
        process.stdin.write(b"go\n")
    return begin


def send(part: Part, number: signal.Signals) -> None:
    """Sends a signal to a part and its children, if it is not dead."""
    if condition(part) != "dead":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(part.pid, number)


def wait(check: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Polls until the check passes. Raises Fault(what) after so many seconds."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise Fault(f"{what} within {seconds:.0f} s")
        time.sleep(0.02)


def wait_for(state: State, parts: Iterable[Part], check: Callable[[Part], bool], what: str) -> None:
    """Polls until the check passes for each part. If a part ends or needs too long, raises Fault with the end of its log."""
    for part in parts:
        def passes(part: Part = part) -> bool:
            if condition(part) == "dead":
                raise Fault(f"{part.name} has ended")
            return check(part)
        try:
            wait(passes, f"{part.name} {what}")
        except Fault as fault:
            raise Fault(f"{fault}; the end of {log(state, part)}:\n{tail(log(state, part))}") from None


def tail(path: pathlib.Path) -> str:
    """Returns the last lines of a log, and its first: etcd rejects a wrong flag there, before its long help."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    shown = lines if len(lines) <= LAST + 1 else [lines[0], "...", *lines[-LAST:]]
    return "\n".join("  " + line for line in shown)


def prints(state: State, part: Part, line: str, begin: int) -> bool:
    """Whether a part has printed this line since position `begin` of its log."""
    with log(state, part).open("rb") as file:
        file.seek(begin)
        return f"{line}\n".encode() in file.read()


def kill(parts: list[Part]) -> None:
    """Kills the parts, also frozen ones, and returns when they are gone."""
    for part in parts:
        send(part, signal.SIGKILL)
    wait(lambda: all(condition(part) == "dead" for part in parts), "some programs did not end")
