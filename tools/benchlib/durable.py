"""Measures how many writes a second stage 12 makes durable, alone and in groups."""
import json
import pathlib
import statistics
import subprocess
import tempfile

from . import servers

ROUNDS = 7
# Each row and how it is measured: by the program `commits`, which has no gRPC, or by a load on the server.
COMMITS = {"bare": ("--how=bare",), "single 64": ("--how=single", "--in_flight=64"), "store 1": ("--how=store", "--in_flight=1"),
           "store 64": ("--how=store", "--in_flight=64")}
LOADS = {"server 1": ("--connections=1", "--calls=1"), "server 64": ("--connections=1", "--calls=64")}
RATIOS = {"group": ("store 64", "single 64"), "group, with gRPC": ("server 64", "bare"), "one": ("bare", "store 1"), "one, with gRPC": ("bare", "server 1")}


def _per_second(command: list[str]) -> float:
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=60).stdout)["per_second"]


def once() -> dict[str, float]:
    """Returns the writes a second of each row, all measured in one folder."""
    found = {}
    with tempfile.TemporaryDirectory(dir=servers.BUILD) as folder:
        for number, (row, flags) in enumerate(COMMITS.items()):
            found[row] = _per_second([f"{servers.BUILD}/bench/commits/commits", f"--folder={folder}/{number}", *flags])
        with servers.running("12_data", pathlib.Path(folder)) as running:
            for row, flags in LOADS.items():
                found[row] = _per_second(running.load("--call=put", "--seconds=1", *flags))
    return found


def run() -> dict[str, dict]:
    """Measures and prints."""
    servers.build(["12_data"])
    subprocess.run(["ninja", "-C", servers.BUILD, "--quiet", "bench/commits/commits"], check=True)
    rounds = [once() for _ in range(ROUNDS)]
    rows = {row: round(statistics.median(each[row] for each in rounds)) for row in rounds[0]}
    ratios = {name: round(statistics.median(each[over] / each[under] for each in rounds), 2) for name, (over, under) in RATIOS.items()}
    for row, number in rows.items():
        print(f"{row}: {number:,} a second", flush=True)
    for name, ratio in ratios.items():
        print(f"{name}: {ratio}", flush=True)
    return {"durable_per_second": rows, "durable_us": {row: round(1e6 / number, 1) for row, number in rows.items()}, "durable_gain": ratios}
