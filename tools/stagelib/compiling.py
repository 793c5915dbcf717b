"""What the compiler prints about a learner's files: errors, and warnings, which are kept until the file is compiled again."""
import json
import pathlib
import re

from . import building
from .course import Stage
from .terminal import paint, say

MOST = 20  # lines of warnings
STEP = "Compiling C++ object "
FIRST_LINE = re.compile(r"\S+:\d+:\d+: (warning|error|fatal error): ")
# Ninja's name of what failed, Clang's count at the end, and which of the including files the compiler was at.
NOISE = re.compile(r"FAILED: |\d+ (warning|error)s?( and \d+ errors?)? generated\.|In file included from ")


def readable(lines: list[str]) -> list[str]:
    """The lines with the names of files as seen from the clone, and without the command and other noise."""
    kept = [line for before, line in zip(["", *lines], lines) if not NOISE.match(line) and not before.startswith("FAILED: ")]
    return [re.sub(r"^\.\./(?=workspace/)", "", line) for line in kept]


def show(lines: list[str]) -> None:
    """Prints what the compiler said."""
    for line in lines:
        first = FIRST_LINE.match(line)
        say(paint(line, "client" if first[1] == "warning" else "drop") if first else line)


def keep(steps: dict[str, list[str]]) -> None:
    """Remembers what the compiler said about each file that it compiled: what Ninja doesn't build again, it is silent about."""
    kept = _kept()
    for step, lines in steps.items():
        if step.startswith(STEP):
            kept[step.removeprefix(STEP)] = lines
    _file().write_text(json.dumps({name: lines for name, lines in kept.items() if lines}, indent=1), encoding="utf-8")


def warnings(stage: Stage) -> list[str]:
    """The warnings about a stage's workspace, each once, at most MOST lines."""
    warned: dict[str, list[str]] = {}  # by the first line: a header is compiled with several files
    for name, lines in _kept().items():
        if not name.startswith(f"workspace/{stage.name}/") or not building.knows(building.WORKSPACE, name):
            continue
        place: list[str] = []
        for line in readable(lines):
            if FIRST_LINE.match(line):
                place = [] if line in warned else warned.setdefault(line, [])
            place.append(line)
    lines = [line for each in warned.values() for line in each]
    more = [f"({len(lines) - MOST} more lines of warnings)"] if len(lines) > MOST else []
    return lines[:MOST] + more


def _file() -> pathlib.Path:
    return building.WORKSPACE / "warnings.json"


def _kept() -> dict[str, list[str]]:
    return json.loads(_file().read_text(encoding="utf-8")) if _file().is_file() else {}
