"""Lets the judge test a learner's program, and remembers the result."""
import contextlib
import dataclasses
import json
import pathlib
import shlex
import time

from . import building, compiling, workspace
from .course import Stage
from .judging import SIDE_BY_SIDE, ask, begin, build, fingerprint, hear, programs
from .terminal import fail, keys, paint, say, tell

LONG_FROM = "04"  # from this stage on a full check takes several seconds, so the question that failed last comes first
PROGRESS = workspace.WORKSPACE / "progress.json"
OTHER = " other"  # ends the name of the record of programs that are not the workspace's


@dataclasses.dataclass
class Record:
    """How far the learner is in a stage."""

    right: int = 0
    total: int = 0
    failing: str = ""  # the first question with a wrong answer
    place: str = ""  # its number and the total, such as 3/22; empty after --all
    hints: dict[str, int] = dataclasses.field(default_factory=dict)  # given so far, by the hole's region or the task
    beyond: list[str] = dataclasses.field(default_factory=list)  # the tasks that are done
    right_in: dict[str, int] = dataclasses.field(default_factory=dict)  # programs that passed: fingerprint to number of questions

    @property
    def done(self) -> bool:
        """Whether every question passed at the last check."""
        return self.right == self.total > 0


def load() -> dict[str, Record]:
    """The records that were kept, by the stage's name, with OTHER after it for programs that are not the workspace's."""
    if not PROGRESS.is_file():
        return {}
    return {name: Record(**kept) for name, kept in json.loads(PROGRESS.read_text(encoding="utf-8")).items()}


def reached(stage: Stage, own: bool = True) -> Record:
    """How far the workspace is, or without `own` the last program that `check` was given the command of."""
    return load().get(stage.name + OTHER * (not own), Record())


def keep(stage: Stage, record: Record, own: bool = True) -> None:
    """Keeps the record. The file is replaced atomically, so an interrupted write loses nothing."""
    PROGRESS.parent.mkdir(exist_ok=True)
    new = PROGRESS.with_suffix(".new")
    kept = {**load(), stage.name + OTHER * (not own): record}
    new.write_text(json.dumps({name: dataclasses.asdict(r) for name, r in sorted(kept.items())}, indent=1) + "\n",
                   encoding="utf-8")
    new.replace(PROGRESS)


def again(stage: Stage, record: Record, own: bool) -> int:
    """Says where to continue, and returns 1, because a question has failed."""
    task = workspace.exercise(stage)
    helps = own and task and any(record.failing in hole.questions for hole in task.hole)
    if own and compiling.warnings(stage):
        say("The compiler's warning, above the questions, may say why.")
    say(f"Next: {record.failing}." + (f" For a hint: tools/stage hint {stage.number}" if helps else ""))
    return 1


def ask_all(stage: Stage, record: Record, flags: list[str], own: bool, everything: bool) -> Record:
    """Lets the judge test a stage's programs, except one that has passed and has not changed. Returns the new record."""
    record = dataclasses.replace(record, right=0, total=0, failing="", place="")
    prints = {kind: fingerprint(stage, kind) for kind in programs(stage)} if own else {}
    known = {kind: record.right_in[seen] for kind, seen in prints.items() if seen in record.right_in}
    if everything or len(known) == len(prints):
        known = {}  # nothing has changed: test all of them again
    record.right_in = {prints[kind]: number for kind, number in known.items()}
    with contextlib.ExitStack() as stack:
        asked = {}
        for flag in flags:  # all start together: the client's judges work while the server's wait
            kind = flag[2:].partition("=")[0].replace("address", "server")
            judges = 1 if flag.startswith("--address") else SIDE_BY_SIDE[kind]
            if kind not in known:
                asked[kind] = begin(stack, stage, [flag], everything, [f"{i + 1}/{judges}" for i in range(judges)])
        for kind, number in known.items():
            say(f"The {kind} has not changed since it passed all {number} questions.")
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
    """Builds the programs, lets the judge test them, and keeps and prints the result. Returns 1 when a question fails.

    flags: the judge's flags that name the programs; without flags, the workspace's programs are tested.
    """
    own = not flags
    kinds = programs(stage)
    if any(flag[2:].partition("=")[0] not in [*kinds, "address"] for flag in flags):
        fail(f"a check of stage {stage.number} takes " + " and ".join(f"--{kind}='...'" for kind in kinds))
    if not build(stage, own):
        return 1
    flags = flags or [f"--{kind}={shlex.quote(str(building.WORKSPACE / 'workspace' / stage.name / kind))}" for kind in kinds]
    whole = len(flags) == len(kinds) and not any(flag.startswith("--address") for flag in flags)
    record = reached(stage, own)
    if whole and not everything and record.place and stage.number >= LONG_FROM:
        say("First the question that failed last:")
        flag = next(f for f in flags if f.startswith("--client=" if record.failing.startswith("client ") else "--server="))
        if ask(stage, [flag], everything, [record.place])[2]:
            return again(stage, record, own)
        say("Now all questions:")
    record = ask_all(stage, record, flags, own, everything)
    if whole:
        keep(stage, record, own)
    if record.failing:
        return again(stage, record, own)
    if not whole:
        tell(f"All of these questions pass. To finish stage {stage.number}, let the judge start your programs: "
             + " and ".join(f"--{kind}='...'" for kind in kinds))
        return 0
    task = workspace.exercise(stage)
    tell(f"Stage {stage.number} is done. {task.learnt if task else ''}", "head")
    if following := stages[stages.index(stage) + 1:]:
        verb = "start" if workspace.exercise(following[0]) else "run"
        say(f"Next stage: {following[0].title}. tools/stage {verb} {following[0].number}")
    else:
        say("That was the last stage. The site says what a server needs in production.")
    if task:
        tell(f"More tasks: {' and '.join(t.name for t in task.task)}, under \"Try it yourself\" on the page: {building.page(stage, 'try')}")
    if own:
        say(f"Compare with our solution: tools/stage diff {stage.number}")
    return 0


def check_task(stage: Stage, task: workspace.Task, flags: list[str]) -> int:
    """Builds the program, lets the judge test what the task adds, and keeps the result. Returns 1 when it fails."""
    if flags and not all(flag.startswith(f"--{task.asks}=") for flag in flags):
        fail(f"a check of {task.name} takes only --{task.asks}='...', because the judge starts the program itself")
    own = not flags
    if not build(stage, own):
        return 1
    program = building.WORKSPACE / "workspace" / stage.name / task.asks
    flags = flags or [f"--{task.asks}={shlex.quote(str(program))}"]
    if ask(stage, [*flags, f"--task={task.name}"], everything=False)[2]:
        say(f"For a hint: tools/stage hint {stage.number} --task={task.name}")
        return 1
    record = reached(stage, own)
    record.beyond = sorted({*record.beyond, task.name})
    keep(stage, record, own)
    say(f"{task.name} is done. Our solution: tools/stage diff {stage.number} --task={task.name}")
    return 0


def hint_task(stage: Stage, task: workspace.Task) -> int:
    """Shows the next hint for a task."""
    record = reached(stage)
    given = min(record.hints.get(task.name, 0), len(task.hints) - 1)
    tell(f"Hint {given + 1} of {len(task.hints)}: {task.hints[given]}")
    record.hints[task.name] = given + 1
    keep(stage, record)
    if given + 1 == len(task.hints):
        say(f"That was the last hint. Our solution: tools/stage diff {stage.number} --task={task.name}")
    return 0


def hint(stage: Stage) -> int:
    """Shows the next hint for the part that the first failing question tests."""
    task, record = workspace.exercise(stage), reached(stage)
    if task is None or not (record.failing or record.done):
        fail(f"there is no result yet; first run tools/stage check {stage.number}")
    if record.done:
        say(f"Every question passed at the last check. To check again: tools/stage check {stage.number}")
        return 0
    hole = next((h for h in task.hole if record.failing in h.questions), None)
    if hole is None:
        tell(f"{record.failing} tests code that was in the workspace from the start. To see what you changed: "
            f"tools/stage diff {stage.number}")
        return 0
    given = min(record.hints.get(hole.region, 0), len(hole.hints) - 1)
    tell(f"{record.failing}: {hole.file}. {hole.todo}")
    tell(f"Hint {given + 1} of {len(hole.hints)}: {hole.hints[given]}")
    record.hints[hole.region] = given + 1
    keep(stage, record)
    say(f"See {workspace.where(stage, hole)}: {building.page(stage, hole.see)}" if given + 1 < len(hole.hints)
        else f"That was the last hint. Our solution: tools/stage diff {stage.number}")
    return 0


def watch(stage: Stage, stages: list[Stage]) -> int:
    """Checks again whenever a file is saved, until Ctrl-C. On a terminal it also takes keys."""
    def saved() -> dict[pathlib.Path, int]:
        times = {}
        for path in workspace.directory(stage).rglob("[!.]*.*"):  # sources; an editor's own files are hidden, or have no dot
            with contextlib.suppress(FileNotFoundError):  # an editor has just replaced it
                times[path] = path.stat().st_mtime_ns
        return times

    with contextlib.suppress(KeyboardInterrupt), keys() as pressed:
        seen, key = None, ""
        while key != "q":
            files = saved()
            if key not in ("h", "a") and files == seen:
                key = pressed() if pressed else time.sleep(0.2) or ""
                continue
            with contextlib.suppress(SystemExit):  # fail() has printed what is wrong
                if key == "h":
                    hint(stage)
                else:
                    seen = files
                    check(stage, stages, [], everything=key == "a")
            say(paint("Waiting for a save. " + ("Keys: h hint, a all questions, q quit." if pressed else "Stop with Ctrl-C."), "dim"))
            key = ""
    say()
    return 0


def progress(stages: list[Stage]) -> int:
    """Prints a line for each stage."""
    def state(record: Record, otherwise: str) -> str:
        result = f"done, {record.total} of {record.total}" if record.done else f"at {record.failing}" if record.failing else otherwise
        return "; ".join(filter(None, [result, record.beyond and f"tasks done: {', '.join(record.beyond)}"]))

    for stage in stages:
        task, there = workspace.exercise(stage), workspace.directory(stage).is_dir()
        begun = "to read and run" if not task or not task.hole else "started" if there else "not started"
        other = state(reached(stage, own=False), "")
        say(f"{stage.name:24} {state(reached(stage), begun)}" + (f"; other program: {other}" if other else ""))
    return 0
