"""What is printed where: labels, colour (only on a terminal), and clear failure."""
import os
import sys
import textwrap
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
