#!/usr/bin/env python3
"""Kills a server with SIGKILL at random moments, under a load of writes.

  crash_test.py SERVER CRASH [ROUNDS]
"""
import pathlib
import random
import sys
import tempfile
import time

from programs import serving, started

SECONDS = 0.3  # how long a round may last


def main(server: str, crash: str, rounds: str = "8") -> int:
    """Returns the status of the program that makes the load."""
    with tempfile.TemporaryDirectory() as folder:
        listen = f"unix:{folder}/socket"
        words = [server, f"--data={folder}/data", "--history=1000000", "--grace=10s"]
        with started(crash, listen) as load:
            for _ in range(int(rounds)):
                with serving(*words, listen=listen):
                    time.sleep(random.uniform(0, SECONDS))  # not to wait for something: the moment is what we try
            with serving(*words, listen=listen):
                print(load.communicate()[0], end="")
        print(f"killed {rounds} times, {pathlib.Path(folder, 'data', 'kv.db').stat().st_size} bytes")
    return load.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
