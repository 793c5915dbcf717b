#!/usr/bin/env python3
"""What goes wrong on a new machine, and what tools/stage says of it.

Run it in a bare root, as a user who may use sudo: tools/fresh bookworm tests/project/mishaps.py. Each
part says what is wrong in one line, or just works. They build on one another: the first ones need a
machine where nothing is installed.
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
    """AssertionError unless the command ends so, and says these words: on one line when it fails."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    said = done.stdout if status == 0 else done.stderr
    assert done.returncode == status and re.search(words, said), f"{command}: status {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert status == 0 or said.count("\n") == 1, f"{command} fails with more than a line:\n{said}"


def no_sudo() -> None:
    """Neither root nor sudo."""
    away = f"mv /usr/bin/sudo /usr/bin/sudo.away; su {HOME.name} -c 'cd {ROOT} && {' '.join(RUN)}'; s=$?; mv /usr/bin/sudo.away /usr/bin/sudo; exit $s"
    shows(["sudo", "sh", "-c", away], 1, "tools/stage: .*sudo")


def no_network() -> None:
    """Nothing can be fetched."""
    subprocess.run(["sudo", "sh", "-c", "rm -rf /var/lib/apt/lists/*"], check=True)  # else what is cached can be enough
    shows(["sudo", "unshare", "--net", "sudo", "-u", HOME.name, *RUN], 1, "tools/stage: .*network")


def two_at_once() -> None:
    """Two on the same clone, while nothing is installed and nothing is built."""
    both = [subprocess.Popen(RUN, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
    for one in both:
        said = one.communicate(timeout=900)[0]
        assert one.returncode == 0 and re.search(WORKS, said), said


def interrupted() -> None:
    """Ctrl-C while it configures and while it builds, and again to the end."""
    for moment in "Building it", "building: ":
        shutil.rmtree(ROOT / "build")
        with subprocess.Popen(RUN, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                              env={**os.environ, "CCACHE_DISABLE": "1"},  # long enough to be interrupted
                              preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as stage:  # which `&` ignores
            assert stage.stdout is not None
            for line in stage.stdout:
                if line.startswith(moment):
                    break
            os.killpg(stage.pid, signal.SIGINT)
            rest = stage.stdout.read()
        assert stage.returncode == 130 and "Traceback" not in rest, f"status {stage.returncode}: {rest}"
        if moment == "Building it":
            (ROOT / "build/build.ninja").unlink()  # as when Meson is interrupted
    shows(RUN, 0, WORKS)


def space() -> None:
    """A path with a space."""
    folder = HOME / "my own clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    shows(RUN, 0, WORKS, folder)


def read_only() -> None:
    """A clone that can't be written to."""
    folder = HOME / "read_only"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    subprocess.run(["chmod", "-R", "a-w", folder], check=True)
    shows(RUN, 1, "tools/stage: can't write to .*clone", folder)


def main() -> int:
    """The number of parts that went wrong."""
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
