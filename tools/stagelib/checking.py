"""Lets the judge ask a learner's program, and remembers what it said."""
import contextlib
import dataclasses
import json
import pathlib
import shlex
import time

from . import building, workspace
from .course import Stage
from .judging import SIDE_BY_SIDE, ask, begin, build, fingerprint, hear, programs
from .terminal import fail, paint, say, tell

LONG_FROM = "04"  # from this stage on to ask everything takes seconds: what failed last is asked first
PROGRESS = workspace.WORKSPACE / "progress.json"


@dataclasses.dataclass
class Record:
    """How far a stage has come."""

    right: int = 0
    total: int = 0
    failing: str = ""  # the first question with a wrong answer
    place: str = ""  # its number of how many; none when it was one of --all
    hints: dict[str, int] = dataclasses.field(default_factory=dict)  # given so far, by the hole's region or the task
    beyond: list[str] = dataclasses.field(default_factory=list)  # the tasks that are done
    right_in: dict[str, int] = dataclasses.field(default_factory=dict)  # of a program that was all right: fingerprint, questions

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


def again(stage: Stage, record: Record, own: bool) -> int:
    """Says where to go on, and gives 1: something is wrong."""
    task = workspace.exercise(stage)
    helps = own and task and any(record.failing in hole.questions for hole in task.hole)
    say(f"Next: {record.failing}." + (f" A hint: tools/stage hint {stage.number}" if helps else ""))
    return 1


def ask_all(stage: Stage, record: Record, flags: list[str], own: bool, everything: bool) -> Record:
    """Lets the judge ask a stage's programs, but for one that was all right and has not changed; how far it came."""
    record = dataclasses.replace(record, right=0, total=0, failing="", place="")
    prints = {kind: fingerprint(stage, kind) for kind in programs(stage)} if own else {}
    known = {kind: record.right_in[seen] for kind, seen in prints.items() if seen in record.right_in}
    if everything or len(known) == len(prints):
        known = {}  # nothing has changed: all are asked once more
    record.right_in = {prints[kind]: number for kind, number in known.items()}
    with contextlib.ExitStack() as stack:
        asked = {}
        for flag in flags:  # all begin at once: the client's judges work while the server's wait
            kind = flag[2:].partition("=")[0].replace("address", "server")
            judges = 1 if flag.startswith("--address") else SIDE_BY_SIDE[kind]
            if kind not in known:
                asked[kind] = begin(stack, stage, [flag], everything, [f"{i + 1}/{judges}" for i in range(judges)])
        for kind, number in known.items():
            say(f"The {kind} has not changed since it answered all {number} questions right.")
            record.right += number
            record.total += number
        for kind, judges in asked.items():
            if record.failing and not everything:
                break
            if len(flags) > 1:
                say(paint(f"The {kind}:", "head"))
            right, total, failing = hear(judges)
            if failing and not everything:
                record.place = f"{right + 1}/{total}"
            if own and not failing:
                record.right_in[prints[kind]] = total
            if failing and kind == "client":
                failing = f"client {failing}"  # the server may have a question of that name
            record.right += right
            record.total += total
            record.failing = record.failing or failing
    return record


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
    flags = flags or [f"--{kind}={shlex.quote(str(building.WORKSPACE / 'workspace' / stage.name / kind))}" for kind in kinds]
    whole = len(flags) == len(kinds) and not any(flag.startswith("--address") for flag in flags)
    record = load().get(stage.name, Record())
    if whole and not everything and record.place and stage.number >= LONG_FROM:
        say("First the one that failed last:")
        flag = next(f for f in flags if f.startswith("--client=" if record.failing.startswith("client ") else "--server="))
        if ask(stage, [flag], everything, [record.place])[2]:
            return again(stage, record, own)
        say("Now all of them:")
    record = ask_all(stage, record, flags, own, everything)
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
    program = building.WORKSPACE / "workspace" / stage.name / task.asks
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
