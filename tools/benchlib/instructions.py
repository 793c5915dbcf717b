"""Counts a server's instructions per call, which do not depend on the load of the machine.

Callgrind counts a run with few calls and one with more. The difference is the cost of the
additional calls, without start and stop. Instructions in the kernel are not included.
"""
import collections
import pathlib
import re
import subprocess
import tempfile

from . import counts, servers
from .layers import layer

NAMES = ("usual", "03", "06", "11", "callback", "queue", "coroutine", "raw", "raw_128", "08_open", "08", "09_open", "09", "sync_none", "sync_handler")
GET = ("--call=get",)
LIST = ("--call=list", "--entries=1000", "--value_bytes=64")
MESSAGE = "06, a message of a List"
ABSENT = ("--call=absent",)
ERRORS = {"09, an error without details": "09_plain", "10, an error with details": "10_plain"}
COST = re.compile(r"^ *([\d,]+) \([ \d.]+%\)  (?:[^ ]*?):(.*) \[([^\]]+)\]$", re.MULTILINE)

Costs = collections.Counter[tuple[str, str]]  # by function and library


def counted(name: str, call: tuple[str, ...], calls: int) -> Costs:
    """Returns the instructions of a server that starts, answers `calls` calls and stops."""
    with tempfile.TemporaryDirectory() as folder_name:
        folder = pathlib.Path(folder_name)
        under = ("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={folder}/out")
        with servers.running(name, folder, under) as running:
            subprocess.run(running.load("--call=fill", *call[1:]), check=True, timeout=60)
            subprocess.run(running.load(*call, f"--count={calls}"), check=True, timeout=120)
            running.process.terminate()
            running.process.wait(60)
        shown = subprocess.run(["callgrind_annotate", "--threshold=100", folder / "out"], capture_output=True, text=True, check=True).stdout
    costs: Costs = collections.Counter()
    for cost, function, library in COST.findall(shown):
        costs[function, re.sub(r"[-.]?[\d.]*\.so.*", "", pathlib.Path(library).name)] += int(cost.replace(",", ""))
    return costs


def per_call(name: str, call: tuple[str, ...] = GET, few: int = 500, more: int = 1500) -> dict[tuple[str, str], float]:
    """Returns instructions per call by function and library, with one call at a time on one connection."""
    of_more, of_few = counted(name, call, more), counted(name, call, few)
    return {key: (of_more[key] - of_few[key]) / (more - few) for key in of_more}


def summed(costs: dict[tuple[str, str], float], by: str, times: int = 1) -> dict[str, int]:
    """Sums the costs by `library` or by `layer`, largest first. `times` is the number of calls that count as one."""
    sums: collections.Counter[str] = collections.Counter()
    for (function, library), cost in costs.items():
        sums[library if by == "library" else layer(function, library)] += cost / times
    return {key: round(count) for key, count in sums.most_common() if round(count)}


def run(names: list[str]) -> dict[str, dict]:
    """Measures and prints instructions per call."""
    servers.build([*names, *counts.NAMES, *ERRORS.values()])
    totals, libraries, layers = {}, {}, {}
    for name in names:
        costs = per_call(name)
        libraries[name], layers[name] = summed(costs, "library"), summed(costs, "layer")
        totals[name] = sum(libraries[name].values())
        print(f"{name:10} {totals[name]:8} instructions for a Get: " + ", ".join(f"{part} {count}" for part, count in layers[name].items()), flush=True)
    layers[MESSAGE] = summed(per_call("06", LIST, 20, 60), "layer", times=1000)
    totals[MESSAGE] = sum(layers[MESSAGE].values())
    print(f"{totals[MESSAGE]} instructions for {MESSAGE}")
    for row, name in ERRORS.items():
        totals[row] = sum(summed(per_call(name, ABSENT), "library").values())
        print(f"{totals[row]} instructions for {row}")
    return {"instructions": totals, "instructions_by_library": libraries, "instructions_by_layer": layers, **counts.run()}
