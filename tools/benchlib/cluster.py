"""Measures stage 14 on three etcds beside the same etcds alone."""
import contextlib
import json
import resource
import statistics
import subprocess

from stagelib import packages

from . import servers

from etcds import etcds  # from tests/support

ROUNDS = 7
SERVER = f"{servers.BUILD}/stages/14_distributed/server"
RATIOS = {"puts": ("puts", "etcd_puts"), "put": ("put_seconds", "etcd_put_seconds"), "gets": ("gets", "etcd_gets"),
          "many gets": ("many_gets", "etcd_many_gets")}


def members(running: list[tuple[subprocess.Popen, str]]) -> str:
    """Returns etcds as the servers' flag names them."""
    return ",".join(address for _, address in running)


def once() -> dict[str, float]:
    """Returns what one run of `ratios` found."""
    with etcds(3) as running, servers.programs.serving(SERVER, f"--etcd={members(running)}", "--max_calls=2000") as (_, address):
        words = [f"{servers.BUILD}/tests/14_distributed/ratios", members(running), address, "2"]
        return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, timeout=120).stdout)


def reads() -> dict[str, float]:
    """Returns Gets a second through one server and through three, and the processor time for one Get, in µs."""
    found = {}
    with contextlib.ExitStack() as stack:
        below = stack.enter_context(etcds(3))
        running = [stack.enter_context(servers.programs.serving(SERVER, f"--etcd={members(below)}")) for _ in range(3)]
        load = [f"{servers.BUILD}/bench/load/load", f"--address={running[0][1]}", f"--pid={running[0][0].pid}"]
        subprocess.run([*load, "--call=put", "--count=1"], check=True, stdout=subprocess.DEVNULL)
        for count in (1, 3):
            used = {"etcds": [process for process, _ in below], "servers": [process for process, _ in running]}
            before = {name: sum(map(servers.programs.cpu_seconds, each)) for name, each in used.items()}
            begun = resource.getrusage(resource.RUSAGE_CHILDREN)
            loads = [subprocess.Popen([f"{servers.BUILD}/bench/load/load", f"--address={address}", f"--pid={process.pid}", "--call=get",
                                       f"--calls={63 // count}", "--seconds=4"], stdout=subprocess.PIPE, text=True) for process, address in running[:count]]
            rate = sum(json.loads(load.communicate()[0])["per_second"] for load in loads)
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            gets = rate * 4
            found[f"{count} per second"] = rate
            for name, each in used.items():
                found[f"{count} {name}"] = 1e6 * (sum(map(servers.programs.cpu_seconds, each)) - before[name]) / gets
            found[f"{count} clients"] = 1e6 * (ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime) / gets
    return found


def run() -> dict[str, dict]:
    """Measures and prints."""
    packages.install(["cluster"])
    servers.build([])
    subprocess.run(["ninja", "-C", servers.BUILD, "--quiet", "stages/14_distributed/server", "tests/14_distributed/ratios"], check=True)
    each_read = [reads() for _ in range(3)]
    read = {name: round(statistics.median(each[name] for each in each_read)) for name in each_read[0]}
    for name, number in read.items():
        print(f"Gets through {name}: {number}", flush=True)
    rounds = [once() for _ in range(ROUNDS)]
    found = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    ratios = {name: round(statistics.median(each[over] / each[under] for each in rounds), 2) for name, (over, under) in RATIOS.items()}
    for name, number in found.items():
        print(f"{name}: {number:.4g}", flush=True)
    for name, ratio in ratios.items():
        print(f"{name}, store ÷ etcd: {ratio}", flush=True)
    return {"cluster_per_second": {name: round(number) for name, number in found.items() if not name.endswith("seconds")},
            "cluster_ms": {name: round(1000 * number, 2) for name, number in found.items() if name.endswith("seconds")},
            "cluster_gain": ratios, "cluster_reads_us": {name: number for name, number in read.items() if not name.endswith("second")},
            "cluster_reads_per_second": {name[0]: number for name, number in read.items() if name.endswith("second")}}
