"""Lets a cluster fail again and again under load, and checks the whole history: chaos.py SECONDS [SEED]

Eight clients write and read through three servers, and three watchers follow. Meanwhile somebody kills, freezes or cuts
off a random etcd, the leader or a server, for some seconds. CLUSTER, LOAD and SERVER name the programs.
"""
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import history  # noqa: E402

# A cluster outlives us unless we end it, also when Meson ends us.
signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
CLUSTER, LOAD, SERVER = os.environ["CLUSTER"], os.environ["LOAD"], os.environ["SERVER"]
PARTS = ["etcd1", "etcd2", "etcd3", "leader", "leader", "server1", "server2", "server3"]


def cluster(folder: pathlib.Path, *words: str) -> str:
    """Runs tools/cluster, and shows what it says if it fails."""
    done = subprocess.run([CLUSTER, f"--folder={folder}", *words], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def harm(folder: pathlib.Path, chance: random.Random) -> None:
    """Does one thing to one part, waits a little, and undoes it."""
    verb, part = chance.choice(["kill", "freeze", "partition"]), chance.choice(PARTS)
    said = cluster(folder, verb, part).strip()
    print(f"{time.monotonic():.1f} {said}", file=sys.stderr)
    time.sleep(chance.uniform(0.5, 4.0))
    cluster(folder, "heal")
    time.sleep(chance.uniform(0.5, 2.0))


def main(seconds: float, seed: int) -> int:
    """Returns 0 if one store with one history could have answered all calls as they were answered."""
    chance = random.Random(seed)
    print(f"seed {seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        folder, told = pathlib.Path(scratch, "cluster"), pathlib.Path(scratch, "history")
        try:
            cluster(folder, "up", f"--servers={SERVER}", "--ports=0", "--partitions", "--", "--history=10000000")
            rows = [line.split() for line in cluster(folder, "status").splitlines()]
            addresses = [row[1] for row in rows if row[0].startswith("server")]
            with told.open("w", encoding="utf-8") as out:
                load = subprocess.Popen([LOAD, folder / "certs/ca.crt", folder / "alice.token", *addresses],
                                        stdin=subprocess.PIPE, stdout=out)
            try:
                end = time.monotonic() + seconds
                while time.monotonic() < end and load.poll() is None:
                    harm(folder, chance)
                load.communicate(timeout=150)
            finally:
                load.kill()
            for row in rows[1:]:
                log = (folder / f"{row[0]}.log").read_text(encoding="utf-8", errors="replace")
                if row[0].startswith("server"):
                    print(f"{row[0]}: {log[-2000:]}", file=sys.stderr)
            assert load.returncode == 0, "load failed"
            if kept := os.environ.get("KEEP"):
                pathlib.Path(kept).write_bytes(told.read_bytes())
            return history.main(str(told))
        finally:
            cluster(folder, "down")


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)))
