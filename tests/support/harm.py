"""A cluster of three etcds and three servers, and what can happen to it. CLUSTER and SERVER name the programs."""
import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

# A cluster outlives us unless we end it, also when Meson ends us.
signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
CLUSTER, SERVER = os.environ["CLUSTER"], os.environ["SERVER"]
PARTS = ["etcd1", "etcd2", "etcd3", "leader", "leader", "server1", "server2", "server3"]


def cluster(folder: pathlib.Path, *words: str) -> str:
    """Runs tools/cluster, and shows what it says if it fails."""
    done = subprocess.run([CLUSTER, f"--folder={folder}", *words], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@contextlib.contextmanager
def up(*words: str) -> Iterator[tuple[pathlib.Path, dict[str, str]]]:
    """Starts a cluster, whose parts can be cut off. Yields its folder and the addresses of its parts. Ends it afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch, "cluster")
        try:
            cluster(folder, "up", f"--servers={SERVER}", "--ports=0", "--partitions", *words)
            rows = [line.split() for line in cluster(folder, "status").splitlines()[1:]]
            yield folder, {row[0]: row[1] for row in rows if row[0] != "forwarder"}
        finally:
            for log in sorted(folder.glob("server*.log")):
                print(f"{log.name}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}", file=sys.stderr)
            cluster(folder, "down")


def harm(folder: pathlib.Path, chance: random.Random, longest: float = 4.0) -> None:
    """Does one thing to one part, waits for at most `longest` seconds, and undoes it."""
    verb, part = chance.choice(["kill", "freeze", "partition"]), chance.choice(PARTS)
    said = cluster(folder, verb, part).strip()
    print(f"{time.monotonic():.1f} {said}", file=sys.stderr)
    time.sleep(chance.uniform(0.5, longest))
    cluster(folder, "heal")
    time.sleep(chance.uniform(0.5, 2.0))
