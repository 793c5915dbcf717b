"""What building costs: a clean build, a change of one line, the site; and what helps."""
import contextlib
import dataclasses
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator

from .servers import ROOT

HELLO = "bench/hello/hello"  # the smallest server and client, to compare with
TIMES = 3
CHANGE = "namespace {{\n[[maybe_unused]] constexpr long kChanged{0} = {0};\n}}\n"  # ccache sees through a comment


@dataclasses.dataclass(frozen=True)
class Way:
    """One way of building it."""

    name: str
    options: tuple[str, ...] = ()  # of Meson
    ccache: bool = False
    ldflags: str = ""


ONE_PIECE = Way("in one piece", ("-Dunity=on", "-Dunity_size=100"))  # each target's files, as in our CI
WAYS = (Way("as it is"), Way("no debug information", ("-Ddebug=false",)), Way("-O0", ("-Doptimization=0",)), Way("-O3", ("-Doptimization=3",)),
        ONE_PIECE, Way("ld.gold", ldflags="-fuse-ld=gold"), Way("with ccache, the second time", ccache=True))


def _timed(*words: str | pathlib.Path, **environment: str) -> float:
    """Seconds that a command took."""
    began = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment})
    return time.monotonic() - began


@contextlib.contextmanager
def _clean(folder: pathlib.Path, way: Way) -> Iterator[tuple[pathlib.Path, dict[str, str]]]:
    """A build directory that holds nothing yet."""
    build = folder / "build"
    environment = {"CCACHE_DIR": str(folder / "ccache"), "LDFLAGS": way.ldflags} | ({} if way.ccache else {"CCACHE_DISABLE": "1"})
    _timed("meson", "setup", build, folder / "source", *way.options, **environment)
    try:
        yield build, environment
    finally:
        shutil.rmtree(build)


def run(quick: bool) -> dict[str, dict[str, float]]:
    """Measures and shows: seconds, the median of some times."""
    times = 1 if quick else TIMES
    stage = ["stages/03_client_stub/server", "stages/03_client_stub/client"]
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        source = folder / "source"
        subprocess.run(["git", "clone", "--quiet", ROOT, source], check=True)

        def keep(row: str, seconds: list[float]) -> None:
            found[row] = round(statistics.median(seconds), 2)
            print(f"{row:48} {found[row]:7.1f} s", flush=True)

        for way in WAYS if not quick else WAYS[:1]:
            clean, change = [], []
            for _ in range(times):
                with _clean(folder, way) as (build, environment):
                    if way.ccache:
                        _timed("ninja", "-C", build, *stage, **environment)
                        _timed("ninja", "-C", build, "-t", "clean", **environment)
                    clean.append(_timed("ninja", "-C", build, *stage, **environment))
                    client = source / "stages/03_client_stub/client.cc"
                    client.write_text(client.read_text(encoding="utf-8") + CHANGE.format(time.monotonic_ns()), encoding="utf-8")
                    change.append(_timed("ninja", "-C", build, *stage, **environment))
            keep(f"stage 03, clean, {way.name}", clean)
            keep(f"stage 03, one line changed, {way.name}", change)
        with _clean(folder, WAYS[0]) as (build, environment):
            keep("hello world, clean", [_timed("ninja", "-C", build, f"{HELLO}_server", f"{HELLO}_client", **environment)])
        with _clean(folder, WAYS[0]) as (build, environment):
            keep("the site", [_timed("ninja", "-C", build, "docs/html", **environment)])
        first = folder / "first"  # as a reader does it: setup, build, server up, calls, stop
        subprocess.run(["git", "clone", "--quiet", ROOT, first], check=True)
        keep("tools/stage run 03, a new clone", [_timed(first / "tools/stage", "run", "03", CCACHE_DISABLE="1")])
        if not quick:
            with _clean(folder, ONE_PIECE) as (build, environment):
                keep("everything, in one piece", [_timed("ninja", "-C", build, "all", "meson-test-prereq", **environment)])
    for row in "stage 03, clean, as it is", "tools/stage run 03, a new clone":
        print(f"{row} ÷ hello world, clean: {found[row] / found['hello world, clean']:.2f}")
    return {"build_seconds": found}
