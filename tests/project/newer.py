#!/usr/bin/env python3
"""Compares how a newer gRPC behaves with what docs/newer.toml says of it: newer.py BUILD.

Run it after `tools/stage test` on a machine with the newer gRPC. A test that fails, and of it each
case, question or line that differs, must be named by a row; and each row must have its difference.
Status 0 when both hold.
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
# What differs inside a test: a case of GoogleTest, one of unittest, a question of the judge, a line of a session.
SIGNS = re.compile(r"^(?:\[  FAILED  \] (\w+\.\w+)|(?:FAIL|ERROR): (\w+)|FAIL +\d+/\d+  (\w+):|\+(\[.+))", re.MULTILINE)


def observed(log: pathlib.Path) -> dict[str, set[str]]:
    """The tests of a Meson run that failed, each with what in it differs."""
    found = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
            said = test.get("stdout", "") + "\n" + test.get("stderr", "")
            # With its suite, because stages have tests of the same name: "02_sync_server - traps_test".
            found[test["name"].replace("grpc-by-stages:", "")] = {next(filter(None, groups)) for groups in SIGNS.findall(said)} or {"fails"}
    return found


def rows() -> list[dict]:
    """The differences as they are told."""
    return tomllib.loads(ROWS.read_text(encoding="utf-8"))["row"]


def compiles(code: str, build: pathlib.Path) -> str:
    """What the compiler says of a function's body; nothing when it takes it."""
    with tempfile.NamedTemporaryFile("w", suffix=".cc", encoding="utf-8") as file:
        file.write('#include <grpcpp/grpcpp.h>\n#include "kv/v1/kv.grpc.pb.h"\n#include "absl/strings/escaping.h"\n'
                   f"void Probe() {{\n{code}\n}}\n")
        file.flush()
        flags = subprocess.run(["pkg-config", "--cflags", "grpc++"], capture_output=True, text=True, check=True).stdout.split()
        return subprocess.run(["c++", "-std=c++17", "-Wall", "-Werror", "-fsyntax-only", *flags, "-isystem", build / "proto", file.name],
                              capture_output=True, text=True, check=False).stderr


def complaints(build: pathlib.Path) -> list[str]:
    """Differences without a row, and rows without their difference."""
    told: dict[str, set[str]] = {}
    wrong = []
    for row in rows():
        for test, signs in row.get("tests", {}).items():
            told.setdefault(test, set()).update(signs)
        if "code" in row and not compiles(row["code"], build):
            wrong.append(f"row {row['id']}: its code compiles here")
    real = observed(build / "meson-logs/testlog.json")
    for test in sorted(told.keys() | real.keys()):
        wrong += [f"{test}: no row says that this differs: {sign}" for sign in sorted(real.get(test, set()) - told.get(test, set()))]
        wrong += [f"{test}: a row says that this differs, and it does not: {sign}" for sign in sorted(told.get(test, set()) - real.get(test, set()))]
    return wrong


def main(build: str) -> int:
    """Prints what is wrong; 1 when something is."""
    found = complaints(pathlib.Path(build))
    print("\n".join(found) or f"docs/newer.toml is right: {len(rows())} rows")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
