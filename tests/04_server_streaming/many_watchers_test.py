"""A thousand watchers, a thousand changes to each: many_watchers_test.py SERVER MANY_WATCHERS.

Shows what a watcher costs, and fails when that is not what the page says.
"""
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from programs import cpu_seconds, handlers, memory, serving, started  # noqa: E402

WATCHERS, CHANGES = 1000, 1000
IDLE, LOOKS = 1.0, 5  # seconds to look at, and how often: other programs can only add to it


def busy(process: subprocess.Popen) -> float:
    """How much of a core it takes for a while."""
    begin = cpu_seconds(process)
    time.sleep(IDLE)  # a measurement: nothing is waited for
    return (cpu_seconds(process) - begin) / IDLE


def main(server: str, many_watchers: str) -> None:
    """Raises AssertionError when the page is wrong."""
    with serving(server, f"--max_calls={WATCHERS + 10}") as (process, address):
        empty = memory(process)
        with started(many_watchers, address, str(WATCHERS), str(CHANGES)) as watching:
            assert watching.stdout.readline() == "standing\n"
            each = (memory(process) - empty) / WATCHERS
            threads = handlers(process)
            idle = min(busy(process) for _ in range(LOOKS))
            begun = time.monotonic()
            watching.stdin.write("\n")
            watching.stdin.flush()
            assert watching.stdout.readline() == "done\n"
            took = time.monotonic() - begun
            assert watching.wait() == 0
    print(f"{threads} threads, {each / 1024:.0f} KB for each watcher, idle they take {100 * idle:.0f} % of a core; "
          f"{WATCHERS * CHANGES} changes delivered in {took:.1f} s")
    # [cost]
    assert WATCHERS < threads <= WATCHERS + 3  # one each
    assert 20_000 < each < 80_000              # bytes of memory, without a change to send
    assert idle < 1.8                          # of a core: 1000 watchers ask 20 times a second
    # [cost]


if __name__ == "__main__":
    main(*sys.argv[1:])
