"""Lets a cluster fail again and again under load, and checks the whole history: chaos.py SECONDS [SEED]

Eight clients write and read through three servers, and three watchers follow. Meanwhile somebody kills, freezes or cuts
off a random etcd, the leader or a server, for some seconds. CLUSTER, LOAD and SERVER name the programs.
"""
import os
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import harm  # noqa: E402
import history  # noqa: E402


def main(seconds: float, seed: int) -> int:
    """Returns 0 if one store with one history could have answered all calls as they were answered."""
    chance = random.Random(seed)
    print(f"seed {seed}", file=sys.stderr)
    with harm.up("--", "--history=10000000") as (folder, addresses):
        told = folder / "history"
        servers = [address for name, address in addresses.items() if name.startswith("server")]
        with told.open("w", encoding="utf-8") as out:
            load = subprocess.Popen([os.environ["LOAD"], folder / "certs/ca.crt", folder / "alice.token", *servers],
                                    stdin=subprocess.PIPE, stdout=out)
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end and load.poll() is None:
                harm.harm(folder, chance)
            load.communicate(timeout=150)
        finally:
            load.kill()
        assert load.returncode == 0, "load failed"
        if kept := os.environ.get("KEEP"):
            pathlib.Path(kept).write_bytes(told.read_bytes())
        return history.main(str(told))


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)))
