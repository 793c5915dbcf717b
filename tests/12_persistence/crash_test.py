#!/usr/bin/env python3
"""Kills a server with SIGKILL at random moments, while clients write and a watcher follows. Then checks the whole history.

  crash_test.py SERVER LOAD [ROUNDS]
"""
import pathlib
import random
import sys
import tempfile
import time

import history
from programs import serving, started

SECONDS = 0.3  # how long a round may last


def main(server: str, load: str, rounds: str = "8") -> int:
    """Returns 0 if one store with one history could have answered all calls as they were answered."""
    with tempfile.TemporaryDirectory() as folder:
        listen, told = f"unix:{folder}/socket", pathlib.Path(folder, "history")
        words = [server, f"--data={folder}/data", "--history=1000000", "--grace=10s"]
        with told.open("w", encoding="utf-8") as out, started(load, "", "", listen, stdout=out) as clients:
            for _ in range(int(rounds)):
                with serving(*words, listen=listen):
                    time.sleep(random.uniform(0, SECONDS))  # not to wait for something: the moment is what we try
            with serving(*words, listen=listen):
                clients.communicate()
        print(f"killed {rounds} times, {pathlib.Path(folder, 'data', 'kv.db').stat().st_size} bytes")
        return clients.returncode or history.main(str(told))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
