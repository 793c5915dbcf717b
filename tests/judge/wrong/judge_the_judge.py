#!/usr/bin/env python3
"""Tests the judge: it must stop each wrong program at the question that detects the mistake, and say why.

    judge_the_judge.py BUILD STAGE [--update | --first]

mistakes.toml lists the mistakes of each kind of program. For each mistake it gives the question that detects it, a
phrase that the judge must print, and --patience, where the judge has to wait. The judge asks only that question, waits
for --patience at most once, and must leave no process behind. If a mistake has no phrase, the judge asks all questions
from the stage's first one on, and its whole output must equal a file in said/. --update rewrites these files; read the
diff. --first asks from the stage's first question on, and checks only that no other question stops the program earlier.
"""
import concurrent.futures
import ctypes
import difflib
import os
import pathlib
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator

HERE = pathlib.Path(__file__).resolve().parent
WORKERS = 6  # more than the processors, because the programs mostly wait
LONG = "--patience=10s"  # longer than the default, because all of these programs run concurrently
PATIENCE = 20  # seconds; only a failing test waits that long
PR_SET_CHILD_SUBREAPER = 36
Mistakes = dict[str, dict[str, dict[str, list[str]]]]


def mistakes() -> Mistakes:
    """Returns the content of mistakes.toml: by kind of program, by stage, by name."""
    return tomllib.loads((HERE / "mistakes.toml").read_text(encoding="utf-8"))


def program(build: str, kind: str, stage: str, mistake: str) -> str:
    """Returns the command that starts a program with this mistake."""
    if kind == "contract":
        if mistake.startswith("untouched"):
            return f"{build}/stages/01_contract/contract"
        return f"{sys.executable} -IS {HERE}/contract.py --mistake={mistake}"
    repeats = " --retry" if int(stage) >= 15 else ""  # from then on, clients do it by default
    reach = f" --stage={int(stage)}" if kind == "server" else repeats
    return f"{build}/tests/judge/wrong_{kind}{reach} --mistake={mistake}"


def adopt_orphans() -> None:
    """Makes this process the parent of the processes that a judge leaves behind."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans() -> None:
    """Waits until no child process is left. If one stays, the alarm kills this program."""
    signal.alarm(PATIENCE)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        signal.alarm(0)


def trouble(kind: str, name: str, output: str, question: str, phrase: str) -> Iterator[str]:
    """Yields what is wrong with the judge's output."""
    last = output.splitlines()[-1] if output else ""
    if question and not last.endswith(f", then {question}"):
        yield f"{question} did not stop it: {last}"
    if "--first" in sys.argv:
        return
    flat = " ".join(output.split())
    for part in filter(None, phrase.split(" … ")):
        _, found, flat = flat.partition(part)
        if not found:
            yield f"not said: {part}"
    if not phrase:
        path = HERE / "said" / f"{kind}_{name}.txt"
        if "--update" in sys.argv:
            path.write_text(output, encoding="utf-8")
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        yield from difflib.unified_diff(kept.splitlines(), output.splitlines(), "kept", "now", lineterm="")


def judge(build: str, kind: str, stage: str, name: str, about: list[str]) -> str:
    """Runs the judge on one program. Returns what is wrong, in several lines, or an empty string."""
    question, phrase, *flags = [*about, "", ""][:max(2, len(about))]
    words = [f"{build}/tests/judge/judge", f"--stage={stage}", f"--{kind}={program(build, kind, stage, name)}", "--cpp"]
    if kind == "contract":
        words.append(f"--task={question}")
    else:
        words.append(f"--only={question}" if question and phrase and "--first" not in sys.argv else "--new")
    for patience in [*flags, LONG]:  # on a busy machine, a short one may fail
        begin = time.monotonic()
        done = subprocess.run([*words, patience], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        took = time.monotonic() - begin
        found = list(trouble(kind, name, done.stdout, question, phrase))
        if "--only" in words[-1] and took > 2 * float(patience[len("--patience="):-1]):
            found.append(f"took {took:.1f} s: waited more than once?")
        if done.returncode != (1 if question else 0):
            found.append(f"exit status {done.returncode}")
        if not found:
            return ""
    return "\n".join(["=" * 70, f"{kind} {name}:", *found, done.stdout])


def main(build: str, stage: str) -> int:
    """Runs the judge on all wrong programs of a stage, concurrently. Returns 1 if something is wrong."""
    adopt_orphans()
    jobs = [(build, kind, stage, name, about) for kind, stages in mistakes().items()
            for name, about in stages.get(stage, {}).items()]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        wrong = list(filter(None, pool.map(lambda job: judge(*job), jobs)))
    wait_for_orphans()
    print("\n".join(wrong) or f"{len(jobs)} programs, each stopped as it should be")
    return 1 if wrong or not jobs else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
