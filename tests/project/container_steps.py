#!/usr/bin/env python3
"""Runs the Containerfile's steps, then tools/stage doctor, in a bare Debian, without a container engine.

  tests/project/container_steps.py [RELEASE]     the default is bookworm, which the Containerfile names

If doctor finds nothing missing, it prints nothing and ends with status 0. It needs what tools/fresh needs.
"""
import pathlib
import re
import shlex
import subprocess
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = ROOT / "Containerfile"
GROUPS = ["run", "cluster", "proxy", "test", "docs"]
USER_ID = "1234"  # the bare root already has a user 1000


class Steps(NamedTuple):
    """The steps of a Containerfile that we can run without a container engine."""
    runs: list[str]
    user: str
    folder: str


def read() -> Steps:
    """Reads the steps of our Containerfile. Raises ValueError for an instruction that we do not know."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(encoding="utf-8"), flags=re.M).replace("\\\n", " ")
    found: dict[str, list[str]] = {}
    for line in filter(None, text.splitlines()):
        word, rest = line.split(maxsplit=1)
        found.setdefault(word, []).append(rest)
    if unknown := found.keys() - {"FROM", "ENV", "ARG", "RUN", "USER", "WORKDIR"}:
        raise ValueError(f"container_steps.py does not know {', '.join(sorted(unknown))}")
    return Steps(found["RUN"], found["USER"][-1], found["WORKDIR"][-1])


def script(steps: Steps) -> str:
    """Returns a shell script that runs the steps as root, then doctor as the container's user."""
    as_root = ["sudo", "env", f"USER_ID={USER_ID}", "sh", "-c"]
    return "\n".join(["exec 2>&1", "set -e", *(shlex.join([*as_root, run]) for run in steps.runs),
                      f"sudo cp -r . {steps.folder}", f"sudo chown -R {steps.user} {steps.folder}", f"cd {steps.folder}",
                      f"sudo -u {steps.user} sudo true",
                      f"sudo -u {steps.user} tools/stage doctor {' '.join(GROUPS)}"])


def main(release: str = "bookworm") -> int:
    """Returns 0 if all steps work and nothing is missing. Otherwise prints their last lines and returns 1."""
    done = subprocess.run([ROOT / "tools/fresh", release, "sh", "-c", script(read())],
                          capture_output=True, text=True, check=False)
    if done.returncode == 0 and "Nothing is missing" in done.stdout:
        return 0
    last = "\n".join((done.stdout or done.stderr).splitlines()[-10:])  # tools/fresh writes its own messages to stderr
    print(f"{FILE.name}: its steps fail on {release}, status {done.returncode}:\n{last}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
