"""The judge: which programs of a stage it can test, how they are built and tested, and what it prints."""
import collections
import contextlib
import hashlib
import os
import pathlib
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence

from . import building, compiling
from .course import Stage
from .terminal import fail, paint, say

JUDGE = pathlib.Path(os.environ.get("JUDGE") or building.WORKSPACE / "tests/judge/judge")  # in the environment: one that is already built
SIDE_BY_SIDE = {"server": 4, "client": 3}  # judges, more than there are cores, because each often waits
SERVERS_FROM = "02"  # the first stage with a server
CLIENTS_FROM = "03"  # the first stage with a client of its own
ANSWER = re.compile(r"(ok  |FAIL|--  ) *\d+/\d+  (\w+): .*")
RESULT = re.compile(r"(\d+) of (\d+)(?:, then (\w+)| questions answered right.*)")


def programs(stage: Stage) -> list[str]:
    """The programs of a stage that the judge can test."""
    if stage.number < SERVERS_FROM:
        return ["contract"]
    return ["server", "client"] if stage.number >= CLIENTS_FROM else ["server"]


def build(stage: Stage, own: bool) -> bool:
    """Builds the judge, and with `own` the workspace, and shows the compiler's warnings. Returns False when it does not compile."""
    wanted = [f"workspace/{stage.name}/{name}" for name in (programs(stage) if own else [])]
    if JUDGE.is_relative_to(building.WORKSPACE):
        wanted.append(str(JUDGE.relative_to(building.WORKSPACE)))
    if not wanted:
        return True
    with building.alone():
        if not JUDGE.is_file():
            say("Building the judge. This happens once and takes some minutes: gRPC's headers are large.")
        building.configure_with(wanted[0], building.WORKSPACE)
        built, said = building.ninja(*wanted, build=building.WORKSPACE)
        compiling.keep(said)
    if not built:
        compiling.show(compiling.readable([line for lines in said.values() for line in lines]))
        say(paint("It does not compile yet. Fix the first error above.", "drop"))
    elif own:
        compiling.show(compiling.warnings(stage))
    return built


def fingerprint(stage: Stage, kind: str) -> str:
    """A hash of a program in the workspace and of the judge: while neither changes, the result is the same."""
    whole = hashlib.sha256()
    for path in building.WORKSPACE / "workspace" / stage.name / kind, JUDGE:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def begin(stack: contextlib.ExitStack, stage: Stage, flags: list[str], everything: bool,
          slices: Sequence[str]) -> list[subprocess.Popen]:
    """Starts concurrent judges, one for each slice of the questions. Each judge starts its own program.

    Each slice takes every n-th question, so the new questions of a stage, which come first, are asked first.
    The stack ends all of the judges.
    """
    scratch = stack.enter_context(tempfile.TemporaryDirectory())  # a terminated judge leaves its files behind
    judges = []
    for part in slices:
        words = [JUDGE, f"--stage={stage.number}", f"--slice={part}", *flags]
        if any(str(building.WORKSPACE) in flag for flag in flags):
            words.append("--cpp")  # advice about a workspace names C++ functions
        if patience := os.environ.get("PATIENCE"):  # for tests, which share the machine
            words.append(f"--patience={patience}")
        judges.append(stack.enter_context(subprocess.Popen(
            [*words, "--all"] if everything else words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env={**os.environ, "TMPDIR": scratch})))
        stack.callback(judges[-1].terminate)  # its programs end with it
    return judges


def ask(stage: Stage, flags: list[str], everything: bool, slices: Sequence[str] = ("1/1",)) -> tuple[int, int, str]:
    """Lets the judge ask. Returns how many questions passed, how many there are, and the first that failed."""
    with contextlib.ExitStack() as stack:
        return hear(begin(stack, stage, flags, everything, slices))


def answers(judge: subprocess.Popen) -> Iterator[list[str]]:
    """Yields the lines of each answer as soon as it is complete. The last one ends with the result."""
    assert judge.stdout is not None
    lines: list[str] = []
    for line in map(str.rstrip, judge.stdout):
        if ANSWER.fullmatch(line) and any(map(ANSWER.fullmatch, lines)):
            yield lines
            lines = []
        lines.append(line)
        if line.startswith("ok  "):  # an answer that passed has only this line
            yield lines
            lines = []
    yield lines


def hear(judges: list[subprocess.Popen]) -> tuple[int, int, str]:
    """Prints what the judges say, in the order of the questions. Returns what ask() returns."""
    right, total, wrong = 0, 0, []
    turns = collections.deque((judge, answers(judge)) for judge in judges)
    while turns:
        judge, rest = turns.popleft()
        lines = next(rest, [])
        result = RESULT.fullmatch(lines[-1]) if lines else None
        for line in lines[:-1] if result else lines:
            say(line)
        wrong += [answer[2] for answer in map(ANSWER.fullmatch, lines) if answer and answer[1] == "FAIL"]
        if lines and not result and not lines[-1].startswith("judge: "):  # if one can't ask, the others can't either
            turns.append((judge, rest))
            continue
        if result is None or judge.wait() not in (0, 1):
            fail("the judge could not ask; its error is above")
        if result[3]:  # it stopped there; its numbers count from the first of all questions
            say(result[0])
            return int(result[1]), int(result[2]), result[3]
        right, total = right + int(result[1]), total + int(result[2])
    say(f"{right} of {total} questions answered right" + (f", not {', '.join(wrong)}" if wrong else ""))
    return right, total, wrong[0] if wrong else ""
