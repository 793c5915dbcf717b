"""Meson and Ninja: one build directory, only what a stage needs, progress while it works."""
import contextlib
import fcntl
import itertools
import json
import os
import pathlib
import subprocess
import time
from collections.abc import Iterator

from .course import ROOT, Stage
from .terminal import Progress, fail, paint, say

BUILD = ROOT / "build"
FIRST_TIME = "Building it. The first time that takes about half a minute on two cores: gRPC's headers are large."
STEP = "step "  # starts Ninja's own lines, so that we can tell them from a compiler's
WORKSPACE = ROOT / "build-workspace"  # of a learner's programs and the judge; Clang's, see exercises/meson.build
SANITIZERS = {"address": "address,undefined", "thread": "thread"}
# Debian's gRPC and protobuf are built without sanitizers, which can't judge what happens inside them.
SANITIZER_OPTIONS = {
    "LSAN_OPTIONS": f"suppressions={ROOT / 'tests/support/leak.supp'}:print_suppressions=0",
    "TSAN_OPTIONS": "ignore_noninstrumented_modules=1:print_suppressions=0:"
                    f"suppressions={ROOT / 'tests/support/thread.supp'}",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


def directory(stage: Stage, build: pathlib.Path = BUILD) -> pathlib.Path:
    """Where the stage's programs are."""
    return build / "stages" / stage.name


def page(stage: Stage, anchor: str = "") -> str:
    """Where to read a stage's page: the file, if the site is built, otherwise the command that builds and shows it."""
    built = BUILD / f"docs/html/stage{stage.number}.html"
    if not built.is_file():
        return f"tools/stage docs {stage.number} --open"
    return str(built.relative_to(ROOT)) + (f"#s{stage.number}-{anchor}" if anchor else "")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Holds a lock, so that only one tools/stage at a time configures or builds in this clone."""
    with (ROOT / "meson.build").open(encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another tools/stage is building in this clone; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def configure(build: pathlib.Path = BUILD, *options: str) -> None:
    """Makes the build directory, once."""
    if (build / "build.ninja").is_file():
        return
    if not os.access(ROOT, os.W_OK):
        fail(f"can't write to {ROOT}, where the programs are built; use a clone that you own")
    compiler = {} if build == BUILD else {"CXX": "clang++"}  # Clang takes two thirds of GCC's time, and half of it with a sanitizer
    if build == WORKSPACE:
        # After an edit one file is compiled. A program that is linked statically starts in a third of the time,
        # and the judge starts a client up to 80 times.
        options = ("-Dunity=off", "-Dprefer_static=true", *options)
    done = subprocess.run(["meson", "setup", build, ROOT, *options], capture_output=True, text=True, check=False,
                          env={**os.environ, **compiler})
    if done.returncode != 0:
        fail(f"meson setup failed:\n{done.stdout.strip()}\n{done.stderr.strip()}\n"
             "tools/stage doctor tells what is missing.")


def knows(build: pathlib.Path, target: str) -> bool:
    """Whether the build directory has that target."""
    return f"build {target}:" in (build / "build.ninja").read_text(encoding="utf-8")


def configure_with(target: str, build: pathlib.Path = BUILD, *options: str) -> None:
    """Makes the build directory. Makes it again when it does not have `target`, whose packages may be installed by now."""
    configure(build, *options)
    if not knows(build, target):
        subprocess.run(["meson", "setup", "--reconfigure", build], capture_output=True, check=False)


def ninja(*targets: str, build: pathlib.Path = BUILD) -> tuple[bool, dict[str, list[str]]]:
    """Builds the targets, and shows how far it is. Returns whether that went well, and what each step printed."""
    said: dict[str, list[str]] = {"": []}
    step, progress = "", Progress()
    with subprocess.Popen(["ninja", "-C", build, *targets], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "NINJA_STATUS": STEP + "%f %t "}) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(STEP):
                done, total, step = line.removeprefix(STEP).rstrip().split(" ", 2)
                said[step] = []
                progress.show(int(done), int(total), step)
            elif not line.startswith(("ninja: Entering", "ninja: no work", "ninja: build stopped")):
                said[step].append(line.rstrip())
    progress.clear()
    return process.returncode == 0, said


def build(stage: Stage) -> None:
    """Builds the stage's own programs and nothing else."""
    start = time.monotonic()
    with alone():
        configure()
        targets = json.loads((BUILD / "meson-info/intro-targets.json").read_text(encoding="utf-8"))
        home = str(stage.directory / "meson.build")
        wanted = [str(pathlib.Path(name).relative_to(BUILD)) for t in targets
                  if t["defined_in"] == home for name in t["filename"]]
        if not all((BUILD / name).is_file() for name in wanted):
            say(FIRST_TIME)
        built, said = ninja(*wanted)
    if not built:
        fail("\n".join([f"{stage.name} does not build:", *itertools.chain(*said.values())]))
    say(paint(f"built in {time.monotonic() - start:.1f} s", "dim"))


def docs() -> pathlib.Path:
    """Builds the site and returns its folder. Shows the build's errors as they are."""
    with alone():
        configure_with("docs/html")
        if subprocess.run(["ninja", "-C", BUILD, "--quiet", "docs/html"], check=False).returncode != 0:
            fail("the site does not build; the errors above name the file and the line")
    return BUILD / "docs/html"


def test(suites: list[str], arguments: list[str], sanitizer: str = "") -> int:
    """Runs `meson test` for these suites, or without any for all, and counts; 1 when any failed or none ran.

    With a sanitizer everything is built with it, in a directory of its own. Left out are the tests
    that run none of our stages, those that measure, and the peers in Python: the judge asks the same.
    """
    directory = BUILD
    if sanitizer:
        directory = ROOT / f"build-{sanitizer}"
        # What is quick to compile: of a target's files one, and line numbers, which a report needs, alone.
        # At -O1 the checks of addresses take as long again; those of threads do not.
        configure(directory, "-Db_sanitize=" + SANITIZERS[sanitizer], f"-Doptimization={'0' if sanitizer == 'address' else '1'}",
                  "-Ddebug=false", "-Dcpp_args=-g1")
        left_out = ["project", "docs", "bench", "measured", "judge_judged", "python"]
        arguments = [*(f"--no-suite={name}" for name in left_out), "--timeout-multiplier", "5", *arguments]
    else:
        configure_with("tests/judge/judge")
    arguments = [*(f"--suite={name}" for name in suites), *arguments]
    log = directory / "meson-logs/testlog.json"
    log.unlink(missing_ok=True)
    status = subprocess.run(["meson", "test", "-C", directory, "--print-errorlogs", *arguments],
                            check=False, env={**SANITIZER_OPTIONS, **os.environ}).returncode
    counts = count(log)
    say("%d passed, %d failed, %d skipped" % counts)
    return 1 if status != 0 or counts[1] or not counts[0] else 0


def count(log: pathlib.Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests of a Meson run, from its own log."""
    if not log.is_file():
        return 0, 0, 0
    results = [json.loads(line)["result"] for line in log.read_text(encoding="utf-8").splitlines()]
    passed = sum(r in ("OK", "EXPECTEDFAIL") for r in results)
    skipped = results.count("SKIP")
    return passed, len(results) - passed - skipped, skipped
