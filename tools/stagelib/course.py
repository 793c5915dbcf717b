"""The stages as data: what stage.toml says of each, and how two stages differ.

A stage directory holds one program and a stage.toml: title, idea, what it builds
on, and for each file that is not carried over unchanged the reason why.
"""
import dataclasses
import difflib
import pathlib
import re
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = re.compile(r"\d\d_[a-z0-9_]+")


@dataclasses.dataclass(frozen=True)
class Stage:
    """One stage. `changes` has one sentence for each hunk of a file's diff."""

    directory: pathlib.Path
    title: str
    idea: str
    python: str
    builds_on: str
    play: str
    adds: dict[str, str] = dataclasses.field(default_factory=dict)
    changes: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    drops: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """For example 02_sync_server."""
        return self.directory.name

    @property
    def number(self) -> str:
        """For example 02."""
        return self.name[:2]

    def files(self) -> dict[str, pathlib.Path]:
        """What the stage consists of, stage.toml left out; name to path, sorted."""
        found = (p for p in self.directory.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        names = {p.relative_to(self.directory).as_posix(): p for p in found}
        return {n: names[n] for n in sorted(names) if n != "stage.toml"}

    def sessions(self, root: pathlib.Path = ROOT) -> dict[str, pathlib.Path]:
        """The stage's sessions: name to path, sorted."""
        return {p.stem: p for p in sorted((root / "tests" / self.name / "sessions").glob("*.session"))}


@dataclasses.dataclass(frozen=True)
class Hunk:
    """A run of changed lines with the lines around it, as `diff -u` prints it."""

    old_start: int
    new_start: int
    lines: list[str]  # each begins with ' ', '-' or '+'; no newline at the end


def load(root: pathlib.Path = ROOT) -> list[Stage]:
    """All stages in order. ValueError says what is wrong with which stage.toml."""
    stages = []
    for directory in sorted((root / "stages").iterdir()):
        if not directory.is_dir():
            continue
        path = directory / "stage.toml"
        if not NAME.fullmatch(directory.name) or not path.is_file():
            raise ValueError(f"{directory}: a stage is named NN_name and has a stage.toml")
        try:
            stages.append(Stage(directory=directory, **tomllib.loads(path.read_text(encoding="utf-8"))))
        except (tomllib.TOMLDecodeError, TypeError) as error:
            raise ValueError(f"{path}: {error}") from error
    return stages


def find(stages: list[Stage], word: str) -> Stage:
    """The stage that `word` names: 2, 02 or 02_sync_server; ValueError if none does."""
    for stage in stages:
        if word in (stage.name, stage.number, stage.number.lstrip("0")):
            return stage
    raise ValueError(f"there is no stage {word}; there are {', '.join(s.number for s in stages)}")


def before(stages: list[Stage], stage: Stage) -> Stage | None:
    """The stage that `stage` builds on, which is the one before it."""
    place = stages.index(stage)
    return stages[place - 1] if place else None


def hunks(old: str, new: str) -> list[Hunk]:
    """How two texts differ, with three lines of context; nothing when they do not."""
    old_lines, new_lines = old.splitlines(), new.splitlines()
    found = []
    for group in difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_grouped_opcodes(3):
        lines = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [" " + line for line in old_lines[i1:i2]]
            else:
                lines += ["-" + line for line in old_lines[i1:i2]]
                lines += ["+" + line for line in new_lines[j1:j2]]
        found.append(Hunk(group[0][1] + 1, group[0][3] + 1, lines))
    return found
