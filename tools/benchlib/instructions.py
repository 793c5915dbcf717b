"""Instructions for one Get: what a server does in its own code, whatever the machine is doing.

Callgrind counts them twice, for a few calls and for more; the difference is that of the
calls alone. The kernel's part is not in it.
"""
import collections
import pathlib
import re
import subprocess
import tempfile

from . import servers

FEW, MORE = 500, 1500
SENDS = 20000
WATCHERS = 200
SENT = re.compile(r"^ *(\d+) +(?:sendmsg|write)$", re.MULTILINE)
NAMES = ("usual", "03", "06", "callback", "queue", "raw", "08_open", "08", "09_open", "09")
COST = re.compile(r"^ *([\d,]+) \([ \d.]+%\)  .*\[([^\]]+)\]$", re.MULTILINE)


def counted(name: str, calls: int) -> dict[str, int]:
    """The instructions of a server that starts, answers so many calls and stops, by library."""
    with tempfile.TemporaryDirectory() as folder_name:
        folder = pathlib.Path(folder_name)
        under = ("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={folder}/out")
        with servers.running(name, folder, under) as running:
            subprocess.run(running.load("--call=fill"), check=True, timeout=60)
            subprocess.run(running.load("--call=get", f"--count={calls}"), check=True, timeout=120)
            running.process.terminate()
            running.process.wait(60)
        shown = subprocess.run(["callgrind_annotate", "--threshold=100", folder / "out"], capture_output=True, text=True, check=True).stdout
    libraries: collections.Counter[str] = collections.Counter()
    for cost, library in COST.findall(shown):
        libraries[re.sub(r"[-.]?[\d.]*\.so.*", "", pathlib.Path(library).name)] += int(cost.replace(",", ""))
    return libraries


def per_call(name: str) -> dict[str, int]:
    """Instructions for one Get, one call at a time on one connection: by library, the largest first."""
    more, few = counted(name, MORE), counted(name, FEW)
    each = {library: round((more[library] - few[library]) / (MORE - FEW)) for library in more}
    return dict(sorted(((library, count) for library, count in each.items() if count), key=lambda pair: -pair[1]))


def sends(name: str) -> float:
    """System calls that send, for one Get, with 64 calls in flight: less than one where replies leave together."""
    with tempfile.TemporaryDirectory() as folder_name:
        folder = pathlib.Path(folder_name)
        under = ("strace", "-f", "-qq", "-o", f"{folder}/out", "-e", "trace=sendmsg,write", "-e", "signal=none", "-c", "-U", "calls,name")
        with servers.running(name, folder, under) as running:
            subprocess.run(running.load("--call=fill"), check=True, timeout=60)
            subprocess.run(running.load("--call=get", "--calls=64", f"--count={SENDS}"), check=True, timeout=120)
            subprocess.run(["pkill", "-TERM", "-P", str(running.process.pid)], check=True)
            running.process.wait(60)
        return round(sum(int(calls) for calls in SENT.findall((folder / "out").read_text(encoding="utf-8"))) / SENDS, 2)


def watcher_kib(name: str) -> float:
    """What a Watch that waits has in memory, in KiB: of many, beside none."""
    with tempfile.TemporaryDirectory() as folder, servers.running(name, pathlib.Path(folder)) as running:
        subprocess.run(running.load("--call=fill"), check=True, timeout=60)
        before = running.memory()
        words = running.load("--call=watch", "--connections=10", f"--calls={WATCHERS // 10}")
        with servers.programs.started(*words) as watching:
            assert watching.stdout and watching.stdout.readline() == "STANDING\n"
            return round((running.memory() - before) * 1024 / WATCHERS, 1)


def run(names: list[str]) -> dict[str, dict]:
    """Measures and shows."""
    servers.build([*names, "go"])
    totals, parts = {}, {}
    for name in names:
        parts[name] = per_call(name)
        totals[name] = sum(parts[name].values())
        most = ", ".join(f"{library} {count}" for library, count in list(parts[name].items())[:6])
        print(f"{name:10} {totals[name]:8} instructions for a Get: {most}", flush=True)
    sent = {name: sends(name) for name in ("03", "raw", "go") if name in names or name == "go"}
    for name, count in sent.items():
        print(f"{name:10} {count:8} system calls that send, for a Get with 64 in flight", flush=True)
    kib = {"06": watcher_kib("06")}
    print(f"06         {kib['06']:8} KiB for a Watch that waits", flush=True)
    return {"instructions": totals, "instructions_by_library": parts, "sends": sent, "watcher_kib": kib}
