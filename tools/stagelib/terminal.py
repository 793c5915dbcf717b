"""The terminal: labels, colour, the progress of a build, keys, and clear failure."""
import contextlib
import os
import select
import shutil
import signal
import sys
import termios
import textwrap
import time
import tty
from collections.abc import Callable, Iterator
from typing import NoReturn

COLOURS = {"server": 36, "client": 33, "add": 32, "drop": 31, "head": 1, "dim": 2}
_OTHERS = (35, 34, 32)  # further terminals of a session, in order of appearance


def paint(text: str, kind: str, stream=sys.stdout) -> str:
    """The text in the colour of its kind, if stdout shows colours."""
    if not stream.isatty() or "NO_COLOR" in os.environ:
        return text
    if kind not in COLOURS:
        COLOURS[kind] = _OTHERS[len(COLOURS) % len(_OTHERS)]
    return f"\033[{COLOURS[kind]}m{text}\033[0m"


def say(text: str = "") -> None:
    """Prints one line and flushes it."""
    print(text, flush=True)


def tell(text: str, kind: str = "") -> None:
    """Prints sentences, wrapped at 80 columns."""
    for line in textwrap.wrap(text, 79, break_long_words=False, break_on_hyphens=False):
        say(paint(line, kind) if kind else line)


def fail(text: str) -> NoReturn:
    """Prints what is wrong and what to do, and exits with status 1."""
    try:
        sys.stdout.flush()
    except OSError:  # stdout may be what is broken. Without this, Python would flush it again at its end and exit with 120
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    print(paint(f"tools/stage: {text}", "drop", sys.stderr), file=sys.stderr)
    raise SystemExit(1)


def about(seconds: float) -> str:
    """A rough time, because a build's steps differ too much for more."""
    minutes = round(seconds / 60)
    return "less than a minute" if seconds < 50 else f"about {minutes} minute{'s' * (minutes > 1)}"


class Progress:
    """Shows how far a build is: on a terminal in one line, which it rewrites, elsewhere in a line every ten seconds."""

    def __init__(self) -> None:
        self.start = self.shown = time.monotonic()

    def show(self, done: int, total: int, what: str) -> None:
        """Shows that `done` of `total` steps are done, the last of them `what`."""
        now = time.monotonic()
        rest = (now - self.start) * (total / max(done, 1) - 1)
        left = f", {about(rest)} left" if now - self.start > 5 and done < total else ""
        if sys.stdout.isatty():
            print("\r\033[K" + f"[{done}/{total}{left}] {what}"[:shutil.get_terminal_size().columns - 1], end="", flush=True)
        elif now - self.shown > 10:
            self.shown = now
            say(f"building: {done} of {total} steps done{left}")

    def clear(self) -> None:
        """Removes the line from the terminal."""
        if sys.stdout.isatty():
            print("\r\033[K", end="", flush=True)


@contextlib.contextmanager
def keys() -> Iterator[Callable[[], str] | None]:
    """Lets single keys be read from stdin. Yields a function that waits a moment and returns the key, or "".

    Yields None if stdin is no terminal, or another program's at the moment. At the end the terminal is as before.
    """
    if sys.stdin is None or not sys.stdin.isatty() or os.tcgetpgrp(0) != os.getpgrp():
        yield None
        return

    def pressed() -> str:
        return (os.read(0, 1).decode(errors="replace") or "q") if select.select([0], [], [], 0.2)[0] else ""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = termios.tcgetattr(0)
    for number in signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT:
        signal.signal(number, interrupt)
    signal.signal(signal.SIGCONT, lambda *_: tty.setcbreak(0))  # after Ctrl-Z the shell has set its own mode
    try:
        tty.setcbreak(0)
        yield pressed
    finally:
        with contextlib.suppress(termios.error):  # a terminal that was closed
            termios.tcsetattr(0, termios.TCSANOW, before)
