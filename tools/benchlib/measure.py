"""Measures servers in short slices in random order, all of them running, and compares them within a sweep.

The slices of a sweep follow each other closely, so other load on the machine affects all servers
alike. The confidence interval of a ratio is a bootstrap over the sweeps.
"""
import contextlib
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

from . import servers
from .tables import Table

Slice = dict[str, float]
Samples = dict[str, dict[int, Slice]]  # keyed by row, then by sweep
WARM_SECONDS = "0.4"
RESAMPLES = 1000
AT_LEAST_BUSY = 0.9  # of a core; below this, the other side was the bottleneck


def command(running: servers.Running, flags: tuple[str, ...], seconds: str) -> list[str]:
    """Returns the command that generates the load of one slice."""
    words = running.load(*flags, f"--seconds={seconds}")
    if running.name == "tcp":
        size = [flag.replace("value_bytes", "bytes") for flag in flags if flag.startswith("--value_bytes")]
        call = ["--call=feed", *size] if "--call=list" in flags else ["--call=echo"]
        shape = [flag for flag in flags if flag.startswith(("--connections", "--calls"))]
        words = [word.replace("/load/load", "/load/tcp_load") for word in words[:6]]
        return [*words, *shape, *call, f"--seconds={seconds}"]
    if running.server.call:
        words = [word for word in words if not word.startswith("--call=")] + [f"--call={running.server.call}"]
    return words


def slice_of(running: servers.Running, flags: tuple[str, ...], seconds: str) -> Slice:
    """Measures one slice. Raises CalledProcessError if any reply was wrong."""
    done = subprocess.run(command(running, flags, seconds), stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    return {**json.loads(done.stdout), "memory_mib": running.memory()}


class Progress:
    """Prints the progress to stderr."""

    def __init__(self, slices: int) -> None:
        self.slices, self.done, self.began = slices, 0, time.monotonic()

    def step(self, what: str) -> None:
        """Counts one more slice."""
        self.done += 1
        left = (time.monotonic() - self.began) / self.done * (self.slices - self.done)
        if sys.stderr.isatty():
            print(f"\r{self.done} of {self.slices}, {left:.0f} s left: {what:40}", end="", file=sys.stderr, flush=True)
        elif self.done % max(1, self.slices // 10) == 0:
            print(f"{self.done} of {self.slices}, {left:.0f} s left", file=sys.stderr)


def table(what: Table, names: list[str], loads: list[str], restarts: int, sweeps: int, progress: Progress) -> Samples:
    """Measures all slices of a table. `names` are the servers that were built."""
    samples: Samples = {f"{what.name} {load} {name}": {} for load in loads for name in names}
    order = random.Random(what.name)
    for restart in range(restarts):
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            up = {name: stack.enter_context(servers.running(name, folder)) for name in names}
            for name, running in up.items():
                if not running.server.call:
                    subprocess.run([*running.load("--call=fill"), *what.fill], check=True, timeout=60)
                slice_of(running, what.loads[loads[0]], WARM_SECONDS)
            for sweep in range(sweeps):
                turns = [(load, name) for load in loads for name in names]
                order.shuffle(turns)
                for load, name in turns:
                    row = f"{what.name} {load} {name}"
                    samples[row][restart * sweeps + sweep] = slice_of(up[name], what.loads[load], "0.25")
                    progress.step(row)
    return samples


def ratio(over: dict[int, Slice], under: dict[int, Slice], figure: str) -> tuple[float, float, float]:
    """Returns the median of the sweeps' ratios and its 95% confidence interval."""
    ratios = [over[sweep][figure] / under[sweep][figure] for sweep in over if under[sweep][figure]]
    if not ratios:
        return 0, 0, 0
    again = random.Random(len(ratios))
    medians = sorted(statistics.median(again.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    return statistics.median(ratios), medians[RESAMPLES // 40], medians[-RESAMPLES // 40]


def rows(samples: Samples, references: dict[str, str]) -> dict[str, dict]:
    """Returns each row's medians and its ratios to the reference of its table. `references` is keyed by table."""
    summary = {}
    for row, sweeps in samples.items():
        name, load, _ = row.split()
        reference = samples[f"{name} {load} {references[name]}"]
        middle = {figure: round(statistics.median(one[figure] for one in sweeps.values()), 3)
                  for figure in next(iter(sweeps.values()))}
        middle["limit"] = "load" if middle["busy"] < AT_LEAST_BUSY < middle["load_busy"] else ""
        for figure in ("per_second", "cpu_us"):
            middle[f"{figure}_ratio"] = [round(number, 3) for number in ratio(sweeps, reference, figure)]
        summary[row] = middle
    return summary
