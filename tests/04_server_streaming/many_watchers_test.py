"""A thousand watchers, a thousand changes to each: many_watchers_test.py SERVER MANY_WATCHERS.

Shows what a watcher costs, and fails when that is not what the page says.
"""
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import cpu_seconds, handlers, memory, serving, sleeps, started  # noqa: E402

WATCHERS, CHANGES = 1000, 1000
IDLE, LOOKS = 1.0, 5  # seconds to look at, and how often: other programs can only add to it


def busy(process: subprocess.Popen) -> tuple[float, float]:
    """How often a watcher wakes up in a second, and how much of a core all of them take."""
    begin, cpu = sleeps(process), cpu_seconds(process)
    time.sleep(IDLE)  # a measurement: nothing is waited for
    return (sleeps(process) - begin) / WATCHERS / IDLE, (cpu_seconds(process) - cpu) / IDLE


def main(server: str, many_watchers: str) -> None:
    """Raises AssertionError when the page is wrong."""
    with serving(server, f"--max_calls={WATCHERS + 10}") as (process, address):
        empty = memory(process)
        with started(many_watchers, address, str(WATCHERS), str(CHANGES)) as watching:
            assert watching.stdout.readline() == "standing\n"
            each = (memory(process) - empty) / WATCHERS
            threads = handlers(process)
            wakes, idle = min(busy(process) for _ in range(LOOKS))
            begun = time.monotonic()
            watching.stdin.write("\n")
            watching.stdin.flush()
            assert watching.stdout.readline() == "done\n"
            took = time.monotonic() - begun
            assert watching.wait() == 0
    print(f"{threads} threads, {each / 1024:.0f} KB for each watcher, idle each wakes up {wakes:.1f} times a second and all take {100 * idle:.0f} % of a core; "
          f"{WATCHERS * CHANGES} changes delivered in {took:.1f} s")
    # [cost]
    assert WATCHERS < threads <= WATCHERS + 3  # one each
    assert 20_000 < each < 80_000              # bytes of memory, without a change to send
    assert 1 < wakes < 70                      # a second: each asks 20 times, and sometimes waits for a lock
    # [cost]


if __name__ == "__main__":
    main(*sys.argv[1:])
