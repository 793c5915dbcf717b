"""apt-get: installs packages, shows how far it is, and says in one line why it failed."""
import os
import re
import shutil
import subprocess
import sys
import time

from .terminal import fail, paint, say

WAIT = 300  # seconds, for another apt-get to finish
# What APT::Status-Fd prints: percent and step while it fetches (dl) and installs (pm).
STEP = re.compile(r"(?:dl|pm)status:[^:]*:(\d+)[^:]*:(.*)")
COUNT = re.compile(r"(\d+) upgraded, (\d+) newly installed")
SIZE = re.compile(r"Need to get ([\d.]+) ([kMG]?B)")
MEGABYTES = {"B": 1e-6, "kB": 1e-3, "MB": 1, "GB": 1e3}


def available() -> bool:
    """Whether this system installs packages with apt-get."""
    return shutil.which("apt-get") is not None


def become_root() -> list[str]:
    """What to put before a command to run it as root."""
    return [] if os.geteuid() == 0 else ["sudo"]


def typed(packages: list[str]) -> str:
    """The command that a reader types to install packages."""
    return " ".join([*become_root(), "apt-get", "install", "--no-install-recommends", *packages])


class Progress:
    """Shows apt-get's current step: live on a terminal, otherwise as a line every ten seconds."""

    def __init__(self) -> None:
        self.live = sys.stdout.isatty()
        self.due = 0.0 if self.live else time.monotonic() + 10
        self.packages = 0

    def hear(self, line: str) -> None:
        """Takes a line of apt-get's output."""
        if count := COUNT.match(line):
            self.packages = int(count[1]) + int(count[2])
        elif size := SIZE.match(line):
            # Measured: 0.6 seconds to unpack and set up a package, on two cores.
            minutes = (self.packages * 0.6 + float(size[1]) * MEGABYTES[size[2]] / 5) / 60
            self.clear()
            say(f"{self.packages} packages, {size[1]} {size[2]} to fetch: about {max(1, round(minutes))} min at 5 MB/s")
        elif step := STEP.search(line):
            self.show(f"{step[1]:>3} % {step[2]}")
        elif line.startswith("Waiting for"):  # another apt-get
            self.show(line)

    def show(self, text: str) -> None:
        """Shows a step if one is due."""
        if self.live:
            print("\r\033[K" + paint(text[:shutil.get_terminal_size().columns - 1], "dim"), end="", flush=True)
        elif time.monotonic() > self.due:
            self.due = time.monotonic() + 10
            say(text)

    def clear(self) -> None:
        """Removes a live line."""
        if self.live:
            print("\r\033[K", end="", flush=True)


def run(*words: str) -> tuple[int, list[str]]:
    """Runs apt-get as root and shows its progress; its status and the lines that it printed."""
    command = [*become_root(), "env", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y",
               "-o", "APT::Status-Fd=1", "-o", f"DPkg::Lock::Timeout={WAIT}", *words]
    progress, said = Progress(), []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            progress.hear(said[-1])
    progress.clear()
    return process.returncode, said


def update() -> tuple[int, list[str]]:
    """Fetches the lists of packages. `apt-get update` does not wait for another apt-get, so this does."""
    end = time.monotonic() + WAIT
    while True:
        status, said = run("update")
        locked = [line for line in said if "lists/lock" in line]
        if not locked or time.monotonic() > end:
            return status, said
        say("waiting for another apt-get: " + locked[0].removeprefix("E: "))
        time.sleep(5)


def install(packages: list[str]) -> None:
    """Installs packages. If that fails, prints one line with the reason and exits with status 1."""
    as_root = f"As root, type: apt-get install --no-install-recommends {' '.join(packages)}"
    if become_root() and shutil.which("sudo") is None:
        fail(f"you are not root, and there is no sudo. {as_root}")
    say("installing with apt-get: " + " ".join(packages))
    status, said = update()
    errors = [line for line in said if line.startswith(("E: ", "W: Failed to fetch"))]
    if status != 0 and not errors:
        fail(f"sudo does not let you install packages ({said[-1] if said else 'it does not say why'}). {as_root}")
    status, said = run("install", "--no-install-recommends", *packages)
    if status == 0:
        return
    errors += [line for line in said if line.startswith("E: ")]
    unfetched = [line for line in errors if "Failed to fetch" in line]
    if unfetched:
        fail(f"apt-get could not fetch packages; is there a network? Try: {' '.join([*become_root(), 'apt-get', 'update'])} "
             f"({unfetched[-1]})")
    fail(f"apt-get could not install packages: {(errors or said or ['it does not say why'])[-1]}. See its whole output with: {typed(packages)}")
