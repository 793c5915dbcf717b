"""Measures build times: a clean build, a change of one line and the site, with and without options that speed it up."""
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator

from stagelib import course

from .servers import ROOT

HELLO = ("bench/hello/hello_server", "bench/hello/hello_client")  # the smallest pair, for comparison
TIMES = 3
CHANGE = "namespace {{\n[[maybe_unused]] constexpr long kChanged{0} = {0};\n}}\n"  # new code, because ccache ignores a changed comment
PRECOMPILED = '#include <grpcpp/grpcpp.h>\n#include "kv/v1/kv.grpc.pb.h"\n#include "absl/flags/parse.h"\n'


@dataclasses.dataclass(frozen=True)
class Way:
    """A way to build a stage."""

    name: str
    options: tuple[str, ...] = ()  # Meson options
    compiler: str = ""  # empty: the default compiler
    precompiled: bool = False  # precompile gRPC's headers for each target
    ccache: bool = False
    ldflags: str = ""


AS_IT_IS = Way("as it is")
BY_FILE = ("-Dunity=off",)
WAYS = (AS_IT_IS, Way("no debug information", ("-Ddebug=false",)), Way("-O2", ("-Doptimization=2",)), Way("-O3", ("-Doptimization=3",)),
        Way("ld.gold", ldflags="-fuse-ld=gold"), Way("Clang", compiler="clang++"),
        Way("file by file", BY_FILE), Way("file by file, precompiled headers", BY_FILE, precompiled=True),
        Way("file by file, Clang", BY_FILE, "clang++"), Way("file by file, Clang, precompiled headers", BY_FILE, "clang++", True),
        Way("with ccache, the second time", ccache=True))
# No options at all, as when you call a compiler by hand.
BY_HAND = Way("by hand", ("-Dbuildtype=plain", "-Dunity=off"))


def _timed(*words: str | pathlib.Path, **environment: str) -> float:
    """Runs a command and returns its time in seconds."""
    began = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment})
    return time.monotonic() - began


@contextlib.contextmanager
def _clean(folder: pathlib.Path, way: Way) -> Iterator[tuple[pathlib.Path, dict[str, str]]]:
    """Yields a new build directory in which nothing is built, and the environment for it."""
    build = folder / "build"
    environment = {"CCACHE_DIR": str(folder / "ccache"), "LDFLAGS": way.ldflags} | ({} if way.ccache else {"CCACHE_DISABLE": "1"})
    if way.compiler:
        environment["CXX"] = way.compiler
    source = folder / ("precompiled" if way.precompiled else "source")
    _timed("meson", "setup", build, source, *way.options, **environment)
    try:
        yield build, environment
    finally:
        shutil.rmtree(build)


def _precompile(source: pathlib.Path, stage: str) -> None:
    """Makes each target of a stage precompile gRPC's headers."""
    header = source / "stages" / stage / "pch/pch.h"
    header.parent.mkdir()  # Meson requires a separate folder for it
    header.write_text(PRECOMPILED, encoding="utf-8")
    build = source / "stages" / stage / "meson.build"
    build.write_text(re.sub(r"((?:static_library|executable)\([^()]*?)(dependencies:)", r"\1cpp_pch: 'pch/pch.h', \2", build.read_text(encoding="utf-8")), encoding="utf-8")


def run(quick: bool) -> dict[str, dict[str, float]]:
    """Measures and prints build times: medians, in seconds."""
    times = 1 if quick else TIMES
    early, latest = "03_client_stub", course.load()[-1].name
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for source in "source", "precompiled":
            subprocess.run(["git", "clone", "--quiet", ROOT, folder / source], check=True)
        _precompile(folder / "precompiled", early)

        def keep(row: str, seconds: list[float]) -> None:
            found[row] = round(statistics.median(seconds), 2)
            print(f"{row:64} {found[row]:7.1f} s", flush=True)

        def clean(way: Way, *targets: str) -> list[float]:
            seconds = []
            for _ in range(times):
                with _clean(folder, way) as (build, environment):
                    seconds.append(_timed("ninja", "-C", build, *targets, **environment))
            return seconds

        programs = [f"stages/{early}/server", f"stages/{early}/client"]
        for way in WAYS if not quick else WAYS[:1]:
            whole, change = [], []
            for _ in range(times):
                with _clean(folder, way) as (build, environment):
                    if way.ccache:
                        _timed("ninja", "-C", build, *programs, **environment)
                        _timed("ninja", "-C", build, "-t", "clean", **environment)
                    whole.append(_timed("ninja", "-C", build, *programs, **environment))
                    client = folder / ("precompiled" if way.precompiled else "source") / "stages" / early / "client/main.cc"
                    client.write_text(client.read_text(encoding="utf-8") + CHANGE.format(time.monotonic_ns()), encoding="utf-8")
                    change.append(_timed("ninja", "-C", build, *programs, **environment))
            keep(f"stage 03, clean, {way.name}", whole)
            keep(f"stage 03, one line changed, {way.name}", change)
        keep("the latest stage, clean", clean(AS_IT_IS, f"stages/{latest}/server", f"stages/{latest}/client"))
        keep("hello world, clean", clean(BY_HAND, *HELLO))
        keep("hello world, clean, built as a stage is", clean(AS_IT_IS, *HELLO))
        keep("the site", clean(AS_IT_IS, "docs/html")[:1])
        for stage in "03", latest[:2]:  # as a reader does it: setup, build, start, calls, stop
            first = folder / f"first{stage}"
            subprocess.run(["git", "clone", "--quiet", ROOT, first], check=True)
            keep("tools/stage run of " + {"03": "03"}.get(stage, "the latest") + ", a new clone",
                 [_timed(first / "tools/stage", "run", stage, CCACHE_DISABLE="1")])
    for row in "stage 03, clean, as it is", "the latest stage, clean":
        print(f"{row} ÷ hello world, clean: {found[row] / found['hello world, clean']:.2f}")
    return {"build_seconds": found}
