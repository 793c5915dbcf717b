"""Measures watches that wait for a change: the memory, threads and processor time that they take in a server."""
import pathlib
import subprocess
import tempfile
import time

from . import servers
from .roster import MANY_WATCHES

FEW = ("--connections=10", "--calls=20")
WATCHED = {"06": FEW, "08": FEW, "09": FEW, "11": MANY_WATCHES}  # a sync server needs a thread for each
SECONDS = 5.0


def idle(name: str, flags: tuple[str, ...]) -> tuple[float, int, float]:
    """Returns KiB of memory for each watch, the server's threads, and the share of a core that all watches take together."""
    connections, calls = (int(flag.partition("=")[2]) for flag in flags)
    with tempfile.TemporaryDirectory() as folder, servers.running(name, pathlib.Path(folder)) as running:
        subprocess.run(running.load("--call=fill"), check=True, timeout=60)
        before = running.memory()
        with servers.watched(running, *flags):
            each = (running.memory() - before) * 1024 / (connections * calls)
            threads = len(list(pathlib.Path(f"/proc/{running.process.pid}/task").iterdir()))
            cpu = servers.programs.cpu_seconds(running.process)
            time.sleep(SECONDS)  # a measurement: nothing is waited for
            busy = (servers.programs.cpu_seconds(running.process) - cpu) / SECONDS
    return round(each, 1), threads, round(busy, 4)


def run() -> dict[str, dict]:
    """Measures and prints."""
    servers.build(list(WATCHED))
    kib, threads, busy = {}, {}, {}
    for name, flags in WATCHED.items():
        kib[name], threads[name], busy[name] = idle(name, flags)
        print(f"{name}, {' '.join(flags)}: {kib[name]} KiB for a Watch that waits; the server has {threads[name]} threads, "
              f"which take {100 * busy[name]:.1f} % of a core", flush=True)
    return {"watcher_kib": kib, "watched_threads": threads, "watched_busy": busy}
