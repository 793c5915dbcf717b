"""Instructions for one Get: what a server does in its own code, whatever the machine is doing.

Callgrind counts them twice, for a few calls and for more; the difference is that of the
calls alone. The kernel's part is not in it.
"""
import contextlib
import pathlib
import re
import subprocess
import tempfile

from . import servers

FEW, MORE = 500, 1500
NAMES = ("usual", "03", "06", "callback", "queue", "raw", "08_open", "08", "09_open", "09")


def counted(name: str, calls: int) -> int:
    """The instructions of a server that starts, answers so many calls and stops."""
    with tempfile.TemporaryDirectory() as folder_name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder_name)
        log = folder / "log"
        under = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", f"--log-file={log}")
        running = stack.enter_context(servers.running(name, folder, under))
        subprocess.run(running.load("--call=fill"), check=True, timeout=60)
        subprocess.run(running.load("--call=get", f"--count={calls}"), check=True, timeout=120)
        running.process.terminate()
        running.process.wait(60)
        found = re.search(r"Collected : (\d+)", log.read_text(encoding="utf-8"))
        if not found:
            raise RuntimeError(f"callgrind counted nothing:\n{log.read_text(encoding='utf-8')}")
        return int(found[1])


def per_call(name: str) -> int:
    """Instructions for one Get, one call at a time on one connection."""
    return round((counted(name, MORE) - counted(name, FEW)) / (MORE - FEW))


def run(names: list[str]) -> dict[str, dict[str, int]]:
    """Measures and shows."""
    servers.build(names)
    found = {}
    for name in names:
        found[name] = per_call(name)
        print(f"{name:16} {found[name]:8} instructions for a Get", flush=True)
    return {"instructions": found}
