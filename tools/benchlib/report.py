"""Reports the results as tables for the terminal and as JSON."""
import datetime
import os
import pathlib
import platform
import re
import subprocess

from . import measure, servers
from .tables import GOALS, TABLES, Goal


def version(*words: str) -> str:
    """Returns what a program prints about its version, or an empty string if it is not installed."""
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except OSError:
        return ""
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found[0] if found else ""


def machine() -> dict[str, str]:
    """Describes the machine and the software that we measure with."""
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": cpu[1] if cpu else platform.machine(),
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "g++": version("c++", "-dumpfullversion"),
        "gRPC": version("pkg-config", "--modversion", "grpc++"),
        "Python": version("/usr/bin/python3", "--version"),
        "Node": version("node", "--version"),
        "Go": version("go", "version"),
        "nginx": version("nginx", "-v"),
        "nghttpd": version("nghttpd", "--version"),
    }


def beside(ratio: list[float]) -> str:
    """Describes a ratio in words. If its interval contains 1, there is no difference."""
    middle, low, high = ratio
    if middle == 0:
        return ""
    return "no difference" if low <= 1 <= high else f"×{middle:.2f} ({low:.2f} to {high:.2f})"


def show(summary: dict[str, dict]) -> list[str]:
    """Returns the lines of the tables, for a terminal."""
    lines = []
    for table in TABLES:
        for load in table.loads:
            found = [(name, summary[row]) for name in table.servers if (row := f"{table.name} {load} {name}") in summary]
            if not found:
                continue
            lines += ["", f"{table.what}, {load} (row: {table.name} {load} SERVER; × beside {table.reference})",
                      f"{'SERVER':16} {'CPU µs':>9}  {'':24} {'calls/s':>9}  {'':24} {'p50 µs':>8} {'p99 µs':>8} {'MiB':>6}"]
            for name, row in found:
                lines.append(f"{name:16} {row['cpu_us']:9.1f}  {beside(row['cpu_us_ratio']):24} {row['per_second']:9.0f}  "
                             f"{beside(row['per_second_ratio']):24} {row['p50_us']:8.0f} {row['p99_us']:8.0f} {row['memory_mib']:6.0f}"
                             + ("  the load was the limit" if row["limit"] else ""))
    return lines


def reached(goal: Goal, samples: measure.Samples) -> dict | None:
    """Returns a goal's ratio and whether the bound of its interval reaches the goal. None if it was not measured."""
    if goal.over not in samples or goal.under not in samples:
        return None
    middle, low, high = measure.ratio(samples[goal.over], samples[goal.under], goal.figure)
    at_least = "per_second" in goal.figure
    return {"what": goal.what, "over": goal.over, "under": goal.under, "figure": goal.figure, "bound": goal.bound,
            "ratio": [round(number, 3) for number in (middle, low, high)],
            "reached": low >= goal.bound if at_least else high <= goal.bound}


def goals(samples: measure.Samples) -> dict[str, dict]:
    """Returns all goals that were measured, keyed by the name of the ratio."""
    return {f"{goal.over} ÷ {goal.under}, {goal.figure}": found for goal in GOALS if (found := reached(goal, samples))}


def show_goals(found: dict[str, dict]) -> list[str]:
    """Returns the lines about the goals, for a terminal."""
    lines = ["", "What we want, and whether the interval's bound reaches it:"] if found else []
    for goal in found.values():
        middle, low, high = goal["ratio"]
        sign = "≥" if "per_second" in goal["figure"] else "≤"
        lines.append(f"{'yes' if goal['reached'] else 'NO ':3} {goal['what']} ({goal['over']}, {goal['figure']}): "
                     f"{middle:.2f} ({low:.2f} to {high:.2f}), {sign} {goal['bound']}")
    return lines


def label(name: str) -> str:
    """Describes a server in words."""
    return servers.SERVERS[name].label


def microseconds(number: float) -> str:
    """Formats microseconds with at most three significant digits, or as a whole number."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"
