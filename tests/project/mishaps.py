#!/usr/bin/env python3
"""Tests what tools/stage says when something goes wrong on a new machine.

Run it in a bare root, as a user who can use sudo: tools/fresh bookworm tests/project/mishaps.py. In each
part, tools/stage says in one line what is wrong, or works. The order matters: the first parts need a
machine on which nothing is installed.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = pathlib.Path.home()
WORKS = r"\[server\] \$ echo \$\?\n\[server\] 0\n\Z"
RUN = ["tools/stage", "run", "03"]


def shows(command: list[str], status: int, words: str, folder: pathlib.Path = ROOT) -> None:
    """Raises AssertionError unless the command ends with `status` and prints `words`. A failure must print one line."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    said = done.stdout if status == 0 else done.stderr
    assert done.returncode == status and re.search(words, said), f"{command}: status {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert status == 0 or said.count("\n") == 1, f"{command} fails with more than a line:\n{said}"


def no_sudo() -> None:
    """Runs as a user who is not root and has no sudo."""
    away = f"mv /usr/bin/sudo /usr/bin/sudo.away; su {HOME.name} -c 'cd {ROOT} && {' '.join(RUN)}'; s=$?; mv /usr/bin/sudo.away /usr/bin/sudo; exit $s"
    shows(["sudo", "sh", "-c", away], 1, "tools/stage: .*sudo")


def no_network() -> None:
    """Runs without a network, so apt-get cannot download anything."""
    subprocess.run(["sudo", "sh", "-c", "rm -rf /var/lib/apt/lists/*"], check=True)  # otherwise the cached lists can be enough
    shows(["sudo", "unshare", "--net", "sudo", "-u", HOME.name, *RUN], 1, "tools/stage: .*network")


def two_at_once() -> None:
    """Starts two commands in one clone before anything is installed or built."""
    both = [subprocess.Popen(RUN, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
    for one in both:
        said = one.communicate(timeout=900)[0]
        assert one.returncode == 0 and re.search(WORKS, said), said


def interrupted() -> None:
    """Presses Ctrl-C during configuring and during building, then runs the command to its end."""
    for moment in "Building it", "building: ":
        shutil.rmtree(ROOT / "build")
        with subprocess.Popen(RUN, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                              env={**os.environ, "CCACHE_DISABLE": "1"},  # makes the build long enough to interrupt
                              # Restores SIGINT, which is ignored if a shell started us with `&`.
                              preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as stage:
            assert stage.stdout is not None
            for line in stage.stdout:
                if line.startswith(moment):
                    break
            os.killpg(stage.pid, signal.SIGINT)
            rest = stage.stdout.read()
        assert stage.returncode == 130 and "Traceback" not in rest, f"status {stage.returncode}: {rest}"
        if moment == "Building it":
            (ROOT / "build/build.ninja").unlink()  # the state after Meson is interrupted
    shows(RUN, 0, WORKS)


def space() -> None:
    """Runs in a path with a space."""
    folder = HOME / "my own clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    shows(RUN, 0, WORKS, folder)


def read_only() -> None:
    """Runs in a read-only clone."""
    folder = HOME / "read_only"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    subprocess.run(["chmod", "-R", "a-w", folder], check=True)
    shows(RUN, 1, "tools/stage: can't write to .*clone", folder)


def main() -> int:
    """Runs the parts and returns the number that failed."""
    wrong = 0
    for part in no_sudo, no_network, two_at_once, interrupted, space, read_only:
        print(f"{part.__name__}: {part.__doc__.splitlines()[0]}", flush=True)
        try:
            part()
        except AssertionError as error:
            wrong += 1
            print(f"WRONG: {error}", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
