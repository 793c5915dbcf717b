"""For maintainers: merge an edit into later stages, copy a stage, create a new one."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from . import cmake, course
from .course import ROOT, Stage
from .terminal import fail, say


def eject(stage: Stage, target: pathlib.Path, root: pathlib.Path = ROOT, build: str = "meson") -> None:
    """Copies the stage with all that it needs to build, by Meson or by CMake, into an empty or new folder."""
    if os.path.lexists(target) and (not target.is_dir() or any(target.iterdir())):
        fail(f"{target} exists and is not an empty folder; name a new one")
    if any(target.resolve().is_relative_to(root / name) for name in ("stages", "proto")):
        fail(f"{target} is inside the folder that is copied; name one outside it")
    here = stage.directory.relative_to(root)
    shutil.copytree(root / "proto", target / "proto")
    shutil.copytree(stage.directory, target / here, ignore=shutil.ignore_patterns("__pycache__"))
    if build == "meson":
        shutil.copy(root / "meson.build", target)
        return
    (target / "CMakeLists.txt").write_text(cmake.lists(stage), encoding="utf-8")
    for path in target.rglob("meson.build"):
        path.unlink()


def _committed(path: pathlib.Path, revision: str) -> str | None:
    """The file's text at a git revision, None where it is not there."""
    name = path.relative_to(ROOT).as_posix()
    done = subprocess.run(["git", "-C", ROOT, "show", f"{revision}:{name}"],
                          capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _merge(ours: str, base: str, theirs: str, labels: tuple[str, str, str]) -> tuple[str, bool]:
    """git's three-way merge of texts: the result, and whether it has conflicts."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder, str(i)) for i in range(3)]
        for path, text in zip(paths, (ours, base, theirs)):
            path.write_text(text, encoding="utf-8")
        names = [word for label in labels for word in ("-L", label)]
        done = subprocess.run(["git", "merge-file", "-p", *names, *paths],
                              capture_output=True, text=True, check=False)
    if done.returncode < 0 or done.returncode > 127:
        fail(f"git merge-file failed: {done.stderr.strip()}")
    return done.stdout, done.returncode > 0


def port(path: pathlib.Path, base_revision: str, stages: list[Stage]) -> None:
    """Merges the edit made to a stage's file since a git revision into the later stages."""
    path = path.resolve()
    stage = next((s for s in stages if path.is_relative_to(s.directory)), None)
    if stage is None or not path.is_file():
        fail(f"{path} is not a file of a stage; name one, for example stages/02_sync_server/store/store.cc")
    name = path.relative_to(stage.directory)
    base = _committed(path, base_revision)
    if base is None:
        fail(f"{path.relative_to(ROOT)} is not in {base_revision}, so there is no edit to merge")
    if base == path.read_text(encoding="utf-8"):
        fail(f"{path.relative_to(ROOT)} does not differ from {base_revision}; have you committed your edit? "
             "Then name the revision before the edit: --base=HEAD~1")
    edited = path
    for later in stages[stages.index(stage) + 1:]:
        target = later.directory / name
        if not target.is_file():
            say(f"{later.name}: drops {name}; done")
            return
        ours = target.read_text(encoding="utf-8")
        theirs = edited.read_text(encoding="utf-8")
        labels = (f"{later.name}/{name}", "before the edit", f"{edited.parent.name}/{name}")
        merged, conflict = _merge(ours, base, theirs, labels)
        next_base = _committed(target, base_revision)
        target.write_text(merged, encoding="utf-8")
        if conflict:
            fail(f"{target.relative_to(ROOT)}: the edit conflicts with another change. Fix the part between "
                 f"<<<<<<< and >>>>>>>, then: tools/stage port {target.relative_to(ROOT)}")
        say(f"{later.name}: " + ("nothing to do" if merged == ours else f"{name} merged"))
        base, edited = next_base if next_base is not None else ours, target
    say("Reached the last stage. See: git diff; then tools/stage test --all.")


TOML = '''title = "{title}"
idea = "One sentence: what this stage adds, and why."
python = "What this is called in Python."
builds_on = "{before}"
play = "first_calls"

[adds]

[changes]

[drops]
'''


def new(name: str, title: str, stages: list[Stage]) -> None:
    """Begins a stage as a copy of the last one, with its stage.toml, tests and place in the list."""
    last = stages[-1]
    if not course.NAME.fullmatch(name) or name <= last.name:
        fail(f"a stage is named NN_name and comes after {last.name}")
    directory, tests = ROOT / "stages" / name, ROOT / "tests" / name
    shutil.copytree(last.directory, directory, ignore=shutil.ignore_patterns("__pycache__"))
    (directory / "stage.toml").write_text(TOML.format(title=title, before=last.name), encoding="utf-8")
    (tests / "sessions").mkdir(parents=True)
    for source in (ROOT / "tests" / last.name).iterdir():
        if source.is_file():
            (tests / source.name).write_text(
                source.read_text(encoding="utf-8").replace(last.name, name), encoding="utf-8")
    shutil.copy(last.sessions()[last.play], tests / "sessions" / "first_calls.session")
    build = ROOT / "meson.build"
    text = build.read_text(encoding="utf-8")
    build.write_text(re.sub(rf"( *'{last.name}',\n)", rf"\g<1>  '{name}',\n", text), encoding="utf-8")
    say(f"stages/{name} is now a copy of {last.name}. Next: write its page and its tests, then the program.")
