"""Restarts all servers and all etcds, one after the other, under clients that should not notice: rolling.py none|nginx|haproxy [ROUNDS]

A server that is told to end says NOT_SERVING first, and waits for --drain until balancers have noticed. CLUSTER, SERVER,
SURVIVORS and PEERS as in survive.py.
"""
import pathlib
import sys
import time

import harm
import survive

PARTS = ["server1", "server2", "server3", "etcd1", "etcd2", "etcd3"]


def main(mode: str, rounds: int) -> int:
    """Returns 0 if the clients have survived."""
    def happen(folder: pathlib.Path) -> None:
        for _ in range(rounds):
            time.sleep(1.0)
            print(harm.cluster(folder, "restart", *PARTS), file=sys.stderr)
            time.sleep(1.0)
    return survive.survives(mode, ["--drain=1s"], happen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1))
