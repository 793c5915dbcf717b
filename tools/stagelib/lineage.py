"""Nothing drifts: a stage's files are those of the stage before, but for what stage.toml says."""
import pathlib
import re

from . import course
from .course import Stage

MOST_NEW_LINES = 240  # about 150 when a stage has one rpc or interceptor; 04, 08 and 09 have two
MORE_LINES = {"10": 720, "11": 1000, "12": 370, "13": 1500, "14": 580, "15": 500}  # 10: twelve new files; 11: service/ is written anew; 13: a file for each thing; 14: a client of etcd; 15: a rule for each command
NOT_COUNTED = ("store/", "sample/", "base/", "client/json_lines.", "client/text.", "auth/tokens.")  # not part of the lesson
# For each folder of a stage, the folders and headers that it may include.
IMPORTS = {"server/": ("service/", "etcd/", "store/", "auth/", "base/"), "etcd/": ("store/", "base/"), "client/": ("auth/", "base/"), "auth/": ("base/",),
           "service/": ("store/", "auth/require_user.h"), "store/": (), "base/": ()}
# What a folder must not use.
UNKNOWN = {"store/": ("grpc", "google/protobuf", "kv/v1/"), "service/": ("absl/flags", "csignal", "signal.h", "fstream", "fcntl.h")}


def complaints(root: pathlib.Path = course.ROOT) -> list[str]:
    """All differences between the stages and what their stage.toml files say; empty when there are none."""
    stages = course.load(root)
    found = _listed(root, stages)
    for stage in stages:
        found += _alone(stage) + _rooms(stage)
        if stage.play not in stage.sessions(root):
            found.append(f"{stage.name}: play names no session: {stage.play}")
        found += _against(course.before(stages, stage), stage)
    return found


def _listed(root: pathlib.Path, stages: list[Stage]) -> list[str]:
    names = [stage.name for stage in stages]
    block = re.search(r"^stages = \[(.*?)\]", (root / "meson.build").read_text(), re.M | re.S)
    listed = re.findall(r"'(\w+)'", block[1]) if block else []
    found = [] if listed == names else [f"meson.build lists {listed}, stages/ holds {names}"]
    for stage in stages:
        tests = root / "tests" / stage.name / "meson.build"
        text = tests.read_text(encoding="utf-8") if tests.is_file() else ""
        found += [f"tests/{stage.name}/meson.build plays no session {name}"
                  for name in stage.sessions(root) if f"'{name}'" not in text]
    return found


def _alone(stage: Stage) -> list[str]:
    return [f"{stage.name}/{name}: reaches out of its stage: \"../\""
            for name, path in stage.files().items() if '"../' in path.read_text(encoding="utf-8")]


def _rooms(stage: Stage) -> list[str]:
    """Includes that go against the one way between the rooms."""
    found = []
    for name, path in stage.files().items():
        room = name[:name.find("/") + 1]
        for included in re.findall(r'^#include [<"]([^>"]+)', path.read_text(encoding="utf-8"), re.M) if room in IMPORTS else ():
            other = included.startswith(tuple(IMPORTS)) and not included.startswith((room, *IMPORTS[room]))
            if other or included.startswith(UNKNOWN.get(room, ())):
                found.append(f"{stage.name}/{name}: includes {included}, which {room} must not know")
    return found


def _against(old: Stage | None, stage: Stage) -> list[str]:
    """Where stage.toml and the difference to the stage before disagree."""
    where = f"{stage.name}/stage.toml"
    before = {n: p.read_text(encoding="utf-8") for n, p in old.files().items()} if old else {}
    now = {n: p.read_text(encoding="utf-8") for n, p in stage.files().items()}
    found = []
    if stage.builds_on != (old.name if old else ""):
        found.append(f"{where}: builds_on is {stage.builds_on!r}, not the stage before")
    differing = {n for n in now.keys() & before.keys() if now[n] != before[n]}
    for table, said, real in (("adds", stage.adds, now.keys() - before.keys()),
                              ("changes", stage.changes, differing),
                              ("drops", stage.drops, before.keys() - now.keys())):
        found += [f"{where}: {name} is not in [{table}], with the reason" for name in sorted(real - said.keys())]
        found += [f"{where}: [{table}] names {name}, but that is not so" for name in sorted(said.keys() - real)]
        found += [f"{where}: {name} has no reason" for name, reason in said.items() if not all([reason, *reason])]
    for name in sorted(differing & stage.changes.keys()):
        count = len(course.hunks(before[name], now[name]))
        if count != len(stage.changes[name]):
            found.append(f"{where}: {name} has {count} hunks and {len(stage.changes[name])} sentences")
    lines = sum(new_lines(before.get(n, ""), now[n]) for n in now if not n.startswith(NOT_COUNTED))
    if old and before.keys() & now.keys() > {"meson.build"} and lines > (most := MORE_LINES.get(stage.number, MOST_NEW_LINES)):
        found.append(f"{stage.name}: {lines} new lines; a stage has one idea and {most} lines for it")
    return found


def new_lines(old: str, new: str) -> int:
    """How many lines to read a diff against `old` adds: not blank, no #include, no end of a file's guard."""
    added = (line[1:].strip() for hunk in course.hunks(old, new) for line in hunk.lines if line.startswith("+"))
    return sum(line != "" and not line.startswith(("#include", "#endif")) for line in added)
