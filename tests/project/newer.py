#!/usr/bin/env python3
"""Compares the behavior of a newer gRPC with docs/newer.toml: newer.py BUILD.

Run it after `tools/stage test --all` on a machine with the newer gRPC. A row names the tests that fail
there and, for each, words that the failing case, or the differing lines of a session, must contain.
A difference that no row names is an error, and so is a row without its difference, unless the row
says `sometimes = true`. The exit status is 0 if nothing is wrong.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = ROOT / "docs/newer.toml"


def pieces(said: str) -> list[str]:
    """Splits a failed test's output: into diff hunks, GoogleTest or unittest cases, or else one piece with all of it."""
    if hunks := re.split(r"^@@ .*$", said, flags=re.MULTILINE)[1:]:
        return ["\n".join(line for line in hunk.splitlines() if line.startswith(("+", "-"))) for hunk in hunks]
    if "[ RUN      ] " in said:
        cases = [case.split("[----------]")[0] for case in said.split("[ RUN      ] ")[1:]]
        return [case for case in cases if "[  FAILED  ] " in case] or [said]
    return re.split(r"^={70}$", said, flags=re.MULTILINE)[1:] or [said]


def observed(log: pathlib.Path) -> dict[str, list[str]]:
    """Returns the failed tests of a Meson run, each with its pieces."""
    found = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
            # The name includes the suite, because stages have tests with the same name: "02_sync_server - traps_test".
            found[test["name"].replace("grpc-by-stages:", "")] = pieces(test.get("stdout", "") + "\n" + test.get("stderr", ""))
    return found


def compiles(code: str, build: pathlib.Path) -> bool:
    """Returns whether a function with this body compiles without a warning."""
    with tempfile.NamedTemporaryFile("w", suffix=".cc", encoding="utf-8") as file:
        file.write(f'#include <grpcpp/grpcpp.h>\n#include <string>\n#include "kv/v1/kv.grpc.pb.h"\nvoid Probe() {{\n{code}\n}}\n')
        file.flush()
        flags = subprocess.run(["pkg-config", "--cflags", "grpc++"], capture_output=True, text=True, check=True).stdout.split()
        return subprocess.run(["c++", "-std=c++17", "-Wall", "-Werror", "-fsyntax-only", *flags, "-isystem", build / "proto", file.name],
                              capture_output=True, check=False).returncode == 0


def complaints(rows: list[dict], real: dict[str, list[str]], build: pathlib.Path) -> list[str]:
    """Returns complaints about differences without a row and rows without their difference."""
    told: dict[str, set[str]] = {}
    wrong = []
    for row in rows:
        for test, signs in row.get("tests", {}).items():
            told.setdefault(test, set()).update(signs)
            wrong += [f"{test}: a row says that this differs, and it does not: {sign}" for sign in signs
                      if not row.get("sometimes") and not any(sign in piece for piece in real.get(test, []))]
        if "code" in row and compiles(row["code"], build):
            wrong.append(f"a row says that this does not compile, and it does: {row['code']}")
    for test, found in real.items():
        wrong += [f"{test}: no row says that this differs:\n{piece.strip()[:1000]}" for piece in found
                  if not any(sign in piece for sign in told.get(test, ()))]
    return wrong


def main(build: pathlib.Path) -> int:
    """Prints what is wrong. Returns 1 if anything is."""
    rows = tomllib.loads(ROWS.read_text(encoding="utf-8"))["row"]
    found = complaints(rows, observed(build / "meson-logs/testlog.json"), build)
    print("\n".join(found) or f"docs/newer.toml is right: {len(rows)} rows")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
