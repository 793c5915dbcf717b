"""Lets the judge ask a learner's program, and remembers what it said."""
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from . import building, workspace
from .course import Stage
from .terminal import fail, paint, say, tell

JUDGE = pathlib.Path(os.environ.get("JUDGE") or building.BUILD / "tests/judge/judge")  # given: one that is built already
LONG_FROM = "04"  # from this stage on to ask everything takes seconds: what failed last is asked first
SERVERS_FROM = "02"  # the first stage with a server
CLIENTS_FROM = "03"  # the first stage with a client of its own
PROGRESS = workspace.WORKSPACE / "progress.json"
RESULT = re.compile(r"(\d+) of (\d+)(?:, then (\w+)| questions answered right(?:, not (\w+(?:, \w+)*))?)")


@dataclasses.dataclass
class Record:
    """How far a stage has come."""

    right: int = 0
    total: int = 0
    failing: str = ""  # the first question with a wrong answer
    place: str = ""  # its number of how many; none when it was one of --all
    hints: dict[str, int] = dataclasses.field(default_factory=dict)  # given so far, by the hole's region or the task
    beyond: list[str] = dataclasses.field(default_factory=list)  # the tasks that are done

    @property
    def done(self) -> bool:
        """Whether everything was right when it was last asked."""
        return self.right == self.total > 0


def load() -> dict[str, Record]:
    """What is remembered, by the stage's name."""
    if not PROGRESS.is_file():
        return {}
    return {name: Record(**kept) for name, kept in json.loads(PROGRESS.read_text(encoding="utf-8")).items()}


def keep(stage: Stage, record: Record) -> None:
    """Remembers it. The file is replaced at once, so an interrupted write loses nothing."""
    PROGRESS.parent.mkdir(exist_ok=True)
    new = PROGRESS.with_suffix(".new")
    kept = {**load(), stage.name: record}
    new.write_text(json.dumps({name: dataclasses.asdict(r) for name, r in sorted(kept.items())}, indent=1) + "\n",
                   encoding="utf-8")
    new.replace(PROGRESS)


def programs(stage: Stage) -> list[str]:
    """What the judge can ask of a stage."""
    if stage.number < SERVERS_FROM:
        return ["contract"]
    return ["server", "client"] if stage.number >= CLIENTS_FROM else ["server"]


def build(stage: Stage, own: bool) -> bool:
    """Builds the judge, and the workspace unless the program is somebody's own. False when it does not compile."""
    building.configure()
    names = programs(stage) if own else []
    if own and f"build workspace/{stage.name}/{names[0]}:" not in (building.BUILD / "build.ninja").read_text(encoding="utf-8"):
        subprocess.run(["meson", "setup", "--reconfigure", building.BUILD], capture_output=True, check=False)
    wanted = [f"workspace/{stage.name}/{name}" for name in names]
    live = sys.stdout.isatty()
    if JUDGE.is_relative_to(building.BUILD):
        wanted.append(str(JUDGE.relative_to(building.BUILD)))
    if not wanted:
        return True
    done = subprocess.run(["ninja", "-C", building.BUILD, *([] if live else ["--quiet"]), *wanted],
                          stdout=None if live else subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        say((done.stdout or "").rstrip())
        say(paint("It does not compile yet. The first error above is the one to mend.", "drop"))
    return done.returncode == 0


def begin(stack: contextlib.ExitStack, stage: Stage, flags: list[str], everything: bool,
          slices: Sequence[str]) -> list[subprocess.Popen]:
    """Starts judges side by side, one for each slice of the questions, each with a program of its own.

    A judge waits more than it works. All of them end with the stack.
    """
    scratch = stack.enter_context(tempfile.TemporaryDirectory())  # a judge that is ended leaves its files
    judges = []
    for part in slices:
        words = [JUDGE, f"--stage={stage.number}", f"--slice={part}", *flags]
        judges.append(stack.enter_context(subprocess.Popen(
            [*words, "--all"] if everything else words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env={**os.environ, "TMPDIR": scratch})))
        stack.callback(judges[-1].terminate)  # what it started ends with it
    return judges


def ask(stage: Stage, flags: list[str], everything: bool, slices: Sequence[str] = ("1/1",)) -> tuple[int, int, str]:
    """Lets the judge ask: how many were right, of how many, and the first that was not."""
    with contextlib.ExitStack() as stack:
        return hear(begin(stack, stage, flags, everything, slices))


def hear(judges: list[subprocess.Popen]) -> tuple[int, int, str]:
    """What judges say, in the order of the questions; see ask()."""
    right, total, wrong = 0, 0, []
    for judge in judges:
        assert judge.stdout is not None
        match = None
        for line in judge.stdout:
            match = RESULT.fullmatch(line.rstrip())
            if not match:
                say(line.rstrip())
        if judge.wait() not in (0, 1) or match is None:
            fail("the judge could not ask; what it says stands above")
        if match[3]:  # it stopped there; it counts from the first question of all
            say(match[0])
            return int(match[1]), int(match[2]), match[3]
        right, total = right + int(match[1]), total + int(match[2])
        wrong += match[4].split(", ") if match[4] else []
    say(f"{right} of {total} questions answered right" + (f", not {', '.join(wrong)}" if wrong else ""))
    return right, total, wrong[0] if wrong else ""


def again(stage: Stage, record: Record, own: bool) -> int:
    """Says where to go on, and gives 1: something is wrong."""
    task = workspace.exercise(stage)
    helps = own and task and any(record.failing in hole.questions for hole in task.hole)
    say(f"Next: {record.failing}." + (f" A hint: tools/stage hint {stage.number}" if helps else ""))
    return 1


def check(stage: Stage, stages: list[Stage], flags: list[str], everything: bool = False) -> int:
    """Builds, asks, remembers, and says where the learner stands; 1 while something is wrong.

    flags: the judge's own, of programs that are somebody's own; none: those of the workspace.
    """
    own = not flags
    kinds = programs(stage)
    if any(flag[2:].partition("=")[0] not in [*kinds, "address"] for flag in flags):
        fail(f"stage {stage.number} is judged by " + " and ".join(f"--{kind}='...'" for kind in kinds))
    if not build(stage, own):
        return 1
    flags = flags or [f"--{kind}={shlex.quote(str(building.BUILD / 'workspace' / stage.name / kind))}" for kind in kinds]
    whole = len(flags) == len(kinds) and not any(flag.startswith("--address") for flag in flags)
    record = load().get(stage.name, Record())
    if whole and not everything and record.place and stage.number >= LONG_FROM:
        say("First the one that failed last:")
        flag = next(f for f in flags if f.startswith("--client=" if record.failing.startswith("client ") else "--server="))
        if ask(stage, [flag], everything, [record.place])[2]:
            return again(stage, record, own)
        say("Now all of them:")
    record = dataclasses.replace(record, right=0, total=0, failing="", place="")
    with contextlib.ExitStack() as stack:
        asked = []
        for flag in flags:  # all begin at once: the client's judges work while the server's wait
            judges = {"--server": 8, "--client": 4}.get(flag.partition("=")[0], 1)
            asked.append(begin(stack, stage, [flag], everything, [f"{i + 1}/{judges}" for i in range(judges)]))
        for flag, started in zip(flags, asked):
            if record.failing and not everything:
                break
            kind = flag[2:].partition("=")[0].replace("address", "server")
            if len(flags) > 1:
                say(paint(f"The {kind}:", "head"))
            right, total, failing = hear(started)
            if failing and not everything:
                record.place = f"{right + 1}/{total}"
            if failing and kind == "client":
                failing = f"client {failing}"  # the server may have a question of that name
            record.right += right
            record.total += total
            record.failing = record.failing or failing
    if whole:
        keep(stage, record)
    if record.failing:
        return again(stage, record, own)
    if not whole:
        tell(f"All is right so far. Stage {stage.number} is done when the judge can ask everything: "
             + " and ".join(f"--{kind}='...'" for kind in kinds))
        return 0
    task = workspace.exercise(stage)
    tell(f"Stage {stage.number} is done. {task.learnt if task else ''}", "head")
    if following := stages[stages.index(stage) + 1:]:
        verb = "start" if workspace.exercise(following[0]) else "run"
        say(f"What comes next: {following[0].title}. tools/stage {verb} {following[0].number}")
    else:
        say("That was the last stage. See docs for what a server of your own needs beyond it.")
    if task:
        tell(f"Beyond it: {' and '.join(t.name for t in task.task)}, under \"Try it yourself\" in docs/{stage.name}.md")
    if own:
        say(f"Ours beside yours: tools/stage diff {stage.number}")
    return 0


def check_task(stage: Stage, task: workspace.Task, flags: list[str]) -> int:
    """Builds, asks for what the task adds, remembers it when it is there; 1 while it is not."""
    if flags and not all(flag.startswith(f"--{task.asks}=") for flag in flags):
        fail(f"{task.name} is asked of a program that the judge starts: --{task.asks}='...'")
    if not build(stage, own=not flags):
        return 1
    program = building.BUILD / "workspace" / stage.name / task.asks
    flags = flags or [f"--{task.asks}={shlex.quote(str(program))}"]
    if ask(stage, [*flags, f"--task={task.name}"], everything=False)[2]:
        say(f"A hint: tools/stage hint {stage.number} --task={task.name}")
        return 1
    record = load().get(stage.name, Record())
    record.beyond = sorted({*record.beyond, task.name})
    keep(stage, record)
    say(f"{task.name} is done. One other way: tools/stage diff {stage.number} --task={task.name}")
    return 0


def hint_task(stage: Stage, task: workspace.Task) -> int:
    """The next hint for a task."""
    record = load().get(stage.name, Record())
    given = min(record.hints.get(task.name, 0), len(task.hints) - 1)
    tell(f"Hint {given + 1} of {len(task.hints)}: {task.hints[given]}")
    record.hints[task.name] = given + 1
    keep(stage, record)
    if given + 1 == len(task.hints):
        say(f"That was the last. Ours: tools/stage diff {stage.number} --task={task.name}")
    return 0


def hint(stage: Stage) -> int:
    """The next hint for the part that the first failing question asks for."""
    task, record = workspace.exercise(stage), load().get(stage.name)
    if task is None or record is None or not (record.failing or record.done):
        fail(f"nothing was asked yet: tools/stage check {stage.number}")
    if record.done:
        say(f"Everything was right when it was last asked. tools/stage check {stage.number} asks again.")
        return 0
    hole = next((h for h in task.hole if record.failing in h.questions), None)
    if hole is None:
        tell(f"{record.failing} is about something that the skeleton had right: see what you changed with "
            f"tools/stage diff {stage.number}")
        return 0
    given = min(record.hints.get(hole.region, 0), len(hole.hints) - 1)
    tell(f"{record.failing}: {hole.file}. {hole.todo}")
    tell(f"Hint {given + 1} of {len(hole.hints)}: {hole.hints[given]}")
    record.hints[hole.region] = given + 1
    keep(stage, record)
    say(f"The page: {workspace.where(stage, hole)}" if given + 1 < len(hole.hints)
        else f"That was the last. Ours: tools/stage diff {stage.number}")
    return 0


def watch(stage: Stage, stages: list[Stage]) -> int:
    """Checks again at each save, until it is done or Ctrl-C."""
    def saved() -> dict[pathlib.Path, int]:
        return {p: p.stat().st_mtime_ns for p in workspace.directory(stage).rglob("*") if p.is_file()}
    try:
        while True:
            before = saved()
            if check(stage, stages, []) == 0:
                return 0
            say(paint("Waiting for a save; Ctrl-C ends it.", "dim"))
            while saved() == before:
                time.sleep(0.2)
    except KeyboardInterrupt:
        say()
        return 0


def progress(stages: list[Stage]) -> int:
    """All stages, a line each."""
    records = load()
    for stage in stages:
        record = records.get(stage.name)
        if not (task := workspace.exercise(stage)) or not task.hole:
            state = "to read and run"
        elif record and record.done:
            state = f"done, {record.total} of {record.total}"
        elif record and record.failing:
            state = f"at {record.failing}"
        else:
            state = "started" if workspace.directory(stage).is_dir() else "not started"
        if record and record.beyond:
            state += f"; beyond it: {', '.join(record.beyond)}"
        say(f"{stage.name:24} {state}")
    return 0
