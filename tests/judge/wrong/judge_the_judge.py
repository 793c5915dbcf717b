#!/usr/bin/env python3
"""Judges the judge: it must name the one mistake of a wrong program, in the
words that were kept, and leave no process behind.

    judge_the_judge.py JUDGE TRANSCRIPT QUESTION FLAG...

TRANSCRIPT is the judge's whole output, kept beside this file; QUESTION is the
one that must catch the mistake, `-` for none. With --update (through Meson:
--suite judge_judged --test-args=--update) the transcript is written anew: read the diff.
"""
import ctypes
import difflib
import os
import pathlib
import signal
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 20  # seconds; only a failing test waits that long


def adopt_orphans() -> None:
    """Makes this process the parent of what the judge leaves behind."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans() -> None:
    """Returns when none is left: the judge ended them all, or the alarm ends us."""
    signal.alarm(PATIENCE)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        signal.alarm(0)


def complaints(output: str, status: int, kept: str, question: str) -> list[str]:
    """What is wrong with the judge's output and exit status."""
    found = []
    if status != (0 if question == "-" else 1):
        found.append(f"exit status {status}")
    last = output.splitlines()[-1] if output else ""
    if question != "-" and not last.endswith(f", then {question}"):
        found.append(f"caught by another question: {last}")
    if output != kept:
        found.extend(difflib.unified_diff(kept.splitlines(), output.splitlines(),
                                          "kept", "now", lineterm=""))
    return found


def main() -> int:
    """Runs the judge once and compares."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--update"]
    judge, transcript, question, *flags = arguments
    path = pathlib.Path(transcript)
    adopt_orphans()
    result = subprocess.run([judge, *flags], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    wait_for_orphans()
    if "--update" in sys.argv:
        path.write_text(result.stdout, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    found = complaints(result.stdout, result.returncode, kept, question)
    print("\n".join(found or ["as kept"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
