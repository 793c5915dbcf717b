"""Starts the programs that a test needs, waits until they are ready, and always ends them."""
import contextlib
import os
import pathlib
import re
import subprocess
import time
from collections.abc import Callable, Iterator

SECONDS = 60.0  # only a failing test waits this long


@contextlib.contextmanager
def started(*words: str, **options: object) -> Iterator[subprocess.Popen]:
    """Starts a process with pipes for its input and output, and ends it afterwards."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, **options}
    process = subprocess.Popen(words, **pipes)
    try:
        yield process
    finally:
        process.kill()
        with contextlib.suppress(BrokenPipeError):
            process.communicate()


@contextlib.contextmanager
def serving(*words: str, listen: str = "127.0.0.1:0", **options: object) -> Iterator[tuple[subprocess.Popen, str]]:
    """Starts a server and waits for READY. Yields the process and its address."""
    with started(*words, f"--listen={listen}", **options) as process:
        ready = process.stdout.readline().split()
        assert ready[:1] == ["READY"], f"{words[0]} is not ready: {ready}"
        yield process, ready[1]


def eventually(what: str, holds: Callable[[], bool]) -> None:
    """Waits until `holds` returns true. Raises AssertionError if it does not within SECONDS."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.01)


def role(server: str) -> str:
    """Returns the end of a line of this server's token file: a role from stage 09 on, before that nothing."""
    return " writer" if pathlib.Path(server).parent.name >= "09" else ""


def handlers(process: subprocess.Popen) -> int:
    """Returns how many threads a sync gRPC server has for calls: those that wait for a
    call, those that handle one, and the threads that these have started."""
    names = [(task / "comm").read_text(encoding="utf-8").strip()
             for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir()]
    return names.count("grpcpp_sync_ser")


def connections(process: subprocess.Popen) -> int:
    """Returns the number of TCP connections of a server."""
    sockets = set()
    for file in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # already closed
            sockets.add(os.readlink(file))
    table = pathlib.Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split() for line in table]
    listening = "0A"
    return sum(f"socket:[{row[9]}]" in sockets and row[3] != listening for row in rows)


def memory(process: subprocess.Popen) -> int:
    """Returns the resident memory of a process in bytes."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) * 1024


def sleeps(process: subprocess.Popen) -> int:
    """Returns the number of voluntary context switches of all threads of a process."""
    total = 0
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the thread has just ended
            total += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", (task / "status").read_text(encoding="utf-8"), re.M)[1])
    return total


def cpu_seconds(process: subprocess.Popen) -> float:
    """Returns the CPU time of a process in seconds."""
    ticks = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / 100
