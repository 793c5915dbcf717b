"""A learner's workspace: a stage with holes, made from the stage itself.

exercises/NN_name.toml says what is taken out of which file, between which of the markers that
the pages' snippets use, what stands there instead, and gives hints. Nothing of a stage is kept twice.
"""
import dataclasses
import datetime
import difflib
import pathlib
import re
import shutil
import textwrap
import tomllib

from .course import ROOT, Stage
from .terminal import fail

WORKSPACE = ROOT / "workspace"
COMMAND = "stage"  # in each workspace: tools/stage, so that it can be called from there
MARKER = re.compile(r"^\s*(//|#) \[\w+\]\n", re.MULTILINE)
TARGET = re.compile(r"(?:static_library|executable)\((?:[^()]|\([^()]*\))*(?=\))")
# These flags make a build after a small edit fast: exercises/meson.build compiles the headers once and chooses the linker,
# and there is no debug information.
QUICK = ",\n  sources: quick, cpp_args: quick_args, override_options: quick_options"
LINK = ",\n  link_args: quick_link"
# The client needs only these folders of the library, so an edit of the others need not link it again.
SHARED = re.compile(r"stage(_library = static_library\(')stage(',\n)((?:  '(?:auth|base)/[^']+',\n)+)(.*?)"
                    r"(  dependencies: .*?\)\n)(?=stage_)", re.DOTALL)
CLIENT = re.compile(r"(executable\('client',\n.*?  )dependencies: \[stage_dependency", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Hole:
    """A part of a stage that the learner writes."""

    file: str
    region: str
    todo: str  # what to do, in one sentence
    see: str  # the anchor of the page's section that explains it
    leave: str  # the code that replaces it in the skeleton; it compiles
    questions: list[str]  # the judge's questions about this part
    hints: list[str]  # three, the last nearly the answer


@dataclasses.dataclass(frozen=True)
class Task:
    """Something to add to a finished stage. Its page describes it."""

    name: str  # the name for --task
    asks: str  # server, client or contract
    hints: list[str]


@dataclasses.dataclass(frozen=True)
class Exercise:
    """What there is to do in one stage."""

    task: list[Task]
    hole: list[Hole] = dataclasses.field(default_factory=list)  # empty if there is no server to judge
    first: str = ""  # the question that the skeleton fails first
    learnt: str = ""  # what to print when the stage is done

    def find(self, name: str) -> Task:
        """The task of that name; ValueError if there is none."""
        for task in self.task:
            if task.name == name:
                return task
        raise ValueError(f"there is no task {name} in this stage; there are {', '.join(task.name for task in self.task)}")


def exercise(stage: Stage) -> Exercise | None:
    """The stage's exercise; None where there is none. ValueError says what is wrong with it."""
    path = ROOT / "exercises" / f"{stage.name}.toml"
    if not path.is_file():
        return None
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Exercise(**{**data, "hole": [Hole(**hole) for hole in data.get("hole", [])],
                           "task": [Task(**task) for task in data["task"]]})
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from error


def directory(stage: Stage) -> pathlib.Path:
    """Where the learner works."""
    return WORKSPACE / stage.name


def begun(stage: Stage) -> pathlib.Path:
    """The stage's workspace. Fails if there is none."""
    if not directory(stage).is_dir():
        fail(f"there is no workspace for stage {stage.number}; begin with tools/stage start {stage.number}")
    return directory(stage)


def where(stage: Stage, hole: Hole) -> str:
    """The section of the stage's page that tells how."""
    page = ROOT / f"docs/{stage.name}.md"
    heading = re.search(rf"^#+ (.+) \{{#{hole.see}\}}$", page.read_text(encoding="utf-8"), re.MULTILINE)
    if heading is None:
        raise ValueError(f"{page} has no heading {{#{hole.see}}}")
    return f'"{heading[1]}" on the page of stage {stage.number}'


def _cut(text: str, hole: Hole, stage: Stage) -> str:
    """The text with one part taken out."""
    marker = re.compile(rf"^( *)// \[{hole.region}\]\n", re.MULTILINE)
    places = list(marker.finditer(text))
    if len(places) != 2:
        raise ValueError(f"{stage.name}/{hole.file}: there are {len(places)} markers [{hole.region}], not two")
    indent = places[0][1]
    todo = "".join(f"{indent}// {line}\n" for line in (
        f"YOUR PART. {hole.todo}", f"See {where(stage, hole)}"))
    leave = textwrap.indent(textwrap.dedent(hole.leave.strip("\n")), indent)
    return f"{text[:places[0].start()]}{todo}{leave}\n{text[places[1].end():]}"


def solution(stage: Stage) -> dict[str, str]:
    """The stage's files as a learner may see them: without the markers."""
    return {name: MARKER.sub("", path.read_text(encoding="utf-8")) for name, path in stage.files().items()}


def patch(stage: Stage, task: Task) -> pathlib.Path:
    """One way to do the task, as a diff against the stage's files."""
    return ROOT / f"exercises/solutions/{stage.number}_{task.name}.patch"


def quick(targets: str) -> str:
    """A stage's meson.build, so that it is quick to build after an edit."""
    targets, found = SHARED.subn(r"base\1base\2\3\5stage\1stage\2\4\5", targets)
    if found:
        targets = targets.replace("link_with: stage_library", "link_with: [stage_library, base_library]")
        targets = CLIENT.sub(r"\1link_with: base_library, include_directories: '.', dependencies: [kv_proto", targets)
    return TARGET.sub(lambda match: match[0] + QUICK + (
        LINK if match[0].startswith("executable") else ", pic: false"), targets)


def skeleton(stage: Stage, holes: list[Hole]) -> dict[str, str]:
    """The files that a learner begins with."""
    texts = {name: path.read_text(encoding="utf-8") for name, path in stage.files().items()}
    for hole in holes:
        texts[hole.file] = _cut(texts[hole.file], hole, stage)
    texts["meson.build"] = quick(texts["meson.build"])
    return {name: MARKER.sub("", text) for name, text in texts.items()}


def write(stage: Stage, holes: list[Hole], folder: pathlib.Path) -> None:
    """Writes the skeleton; without holes it is the whole stage."""
    for name, text in skeleton(stage, holes).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        shutil.copymode(stage.files().get(name, folder / name), folder / name)


def start(stage: Stage, holes: list[Hole]) -> pathlib.Path:
    """Makes the workspace. Does not change one that exists."""
    folder = directory(stage)
    if folder.exists():
        fail(f"{folder.relative_to(ROOT)} already exists and has your work in it. To continue: tools/stage "
             f"check {stage.number}; or begin again: tools/stage reset {stage.number}, which keeps a copy")
    write(stage, holes, folder)
    command = folder / COMMAND
    command.write_text('#!/bin/sh\nexec "$(dirname "$0")/../../tools/stage" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return folder


def reset(stage: Stage) -> pathlib.Path:
    """Moves the learner's files to another folder, and returns that folder."""
    folder = begun(stage)
    kept = WORKSPACE / "kept" / f"{stage.name}_{datetime.datetime.now():%Y-%m-%d_%H-%M-%S_%f}"
    kept.parent.mkdir(exist_ok=True)
    folder.rename(kept)
    (kept / COMMAND).unlink(missing_ok=True)
    return kept


def diff(stage: Stage) -> list[str]:
    """How the learner's files differ from the solution, as `diff -u` prints it."""
    folder, lines = begun(stage), []
    for name, text in solution(stage).items():
        path = folder / name
        mine = path.read_text(encoding="utf-8") if path.is_file() else ""
        if name != "meson.build":
            lines += difflib.unified_diff(mine.splitlines(), text.splitlines(), f"yours/{name}", f"ours/{name}", lineterm="")
    return lines
