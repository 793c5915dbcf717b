"""Lets a cluster fail again and again under clients that should not notice: survive.py none|nginx|haproxy SECONDS [SEED]

Eight clients and three watchers of `survivors` call the servers, directly or through a proxy. Clients in other languages
can do so, too; their calls are only counted. Meanwhile a random part of the cluster is killed, frozen or cut off, for some
seconds. No operation of `survivors` may fail or take too long, and one store with one history must have been able to answer
all of them as they were answered.

CLUSTER, SERVER and SURVIVORS name the programs, and PEERS clients in other languages (a JSON list of commands).
MOST_SECONDS is how long an operation may take, LONGEST how long an outage is at most. If the program of the proxy is
missing, the status is 77, which Meson counts as skipped.
"""
import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import harm  # noqa: E402
import history  # noqa: E402
from clusterlib import proxy, state  # noqa: E402

# The deadline of an operation: by hand that of our client. Elections and restarts take longer on a machine that runs other
# tests at the same time.
MOST_SECONDS = float(os.environ.get("MOST_SECONDS", "5"))
LONGEST = float(os.environ.get("LONGEST", "4"))  # an outage, in seconds
PEERS = json.loads(os.environ.get("PEERS", "[]"))
COLUMNS = ["client", "settings", "calls", "failed", "longest_ms", "twice"]


@contextlib.contextmanager
def running(commands: list[list[str]], **options: object) -> Iterator[list[subprocess.Popen]]:
    """Starts programs that end when their input does."""
    with contextlib.ExitStack() as stack:
        programs = []
        for command in commands:
            programs.append(subprocess.Popen(command, stdin=subprocess.PIPE, text=True, **options))
            stack.callback(programs[-1].kill)
        yield programs


def without_peers(path: pathlib.Path) -> dict[str, int]:
    """Replaces what peers have written by writes that can have been made at any time. Returns how many of a peer's values
    were written twice, by the key."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    theirs: dict[int, tuple[str, str]] = {}
    for record in records:
        for row in record.get("changes", []):
            if row[1].startswith("peer"):
                theirs[row[0]] = (row[1], row[2])
                row[2] = f"peer{row[0]}"
        for row in record.get("entries", []) if "final" in record else []:
            if row[0].startswith("peer"):
                row[1] = f"peer{row[2]}"
    records += [{"op": "put", "client": -1, "key": key, "value": f"peer{revision}", "start": 0, "end": 0, "result": "unknown"}
                for revision, (key, _) in theirs.items()]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    twice: dict[str, int] = {}
    for key, value in set(theirs.values()):
        twice[key] = twice.get(key, 0) + list(theirs.values()).count((key, value)) - 1
    return twice


def survives(mode: str, flags: list[str], happen: Callable[[pathlib.Path], None]) -> int:
    """Starts a cluster, whose servers have these flags, and clients, and lets `happen` do its work. Returns 0 if all went well."""
    front = [] if mode == "none" else [f"--proxy={mode}"]
    try:
        if front:
            proxy.program(mode)
    except state.Fault as fault:
        print(fault)
        return 77
    with harm.up(*front, "--", "--history=10000000", *flags) as (folder, addresses):
        told, summary = folder / "history", folder / "summary"
        servers = [address for name, address in addresses.items() if name.startswith("server")]
        target = addresses["proxy"] if front else "ipv4:" + ",".join(servers)
        files = [folder / "certs/ca.crt", folder / "alice.token"]
        load = [os.environ["SURVIVORS"], f"--target={target}", "--server_name=localhost", f"--ca={files[0]}", f"--token_file={files[1]}",
                f"--timeout={MOST_SECONDS}s", f"--pick_healthy={str(not front).lower()}", *servers]
        with told.open("w", encoding="utf-8") as out, summary.open("w", encoding="utf-8") as err, \
                running([load], stdout=out, stderr=err) as (survivors,), \
                running([[*peer, target, *map(str, files)] for peer in PEERS], stdout=subprocess.PIPE) as peers:
            happen(folder)
            rows = [json.loads(line) for peer in peers for line in peer.communicate(timeout=60)[0].splitlines()]
            survivors.communicate(timeout=150)
        print(summary.read_text(encoding="utf-8"))
        twice = without_peers(told)
        assert len(rows) == 3 * len(PEERS) and all(row["calls"] > 0 for row in rows), rows
        if rows:
            print(*COLUMNS, "codes", sep=" | ")
        for row in rows:
            print(*[{"twice": twice.get(row["key"], 0), **row}[column] for column in COLUMNS], row["codes"], sep=" | ")
        if kept := os.environ.get("KEEP"):
            pathlib.Path(kept).write_bytes(told.read_bytes())
        operations = [record for record in map(json.loads, told.open(encoding="utf-8")) if record.get("client", -1) >= 0]
        longest = max(one["end"] - one["start"] for one in operations) / 1e9
        assert survivors.returncode == 0, "operations failed: see above"
        assert longest <= MOST_SECONDS, f"an operation took {longest:.1f} s"
        return history.main(str(told))


def main(mode: str, seconds: float, seed: int) -> int:
    """Returns 0 if the clients have survived."""
    chance = random.Random(seed)
    print(f"seed {seed}", file=sys.stderr)

    def happen(folder: pathlib.Path) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            harm.harm(folder, chance, LONGEST)
    return survives(mode, [], happen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1_000_000)))
