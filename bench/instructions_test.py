"""Compares the instructions that a Get takes in our servers with the numbers in docs/bench.json.

The number of instructions does not depend on the load of the machine. So this test shows when a
change makes a call of a stage more or less expensive; docs/bench.json must then be updated.
"""
import json
import os
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from benchlib import instructions, servers  # noqa: E402

KEPT = json.loads((ROOT / "docs/bench.json").read_text(encoding="utf-8"))["instructions_by_library"]
OURS = {"03": 13543, "08": 25347, "09": 36703}  # in the program itself with gRPC's templates, in a build without optimisation
WITHIN = 0.1
BY_THE_PROCESSOR = ("libc", "libcrypto")  # these choose their code by the processor's features


def of_libraries(parts: dict[str, int]) -> int:
    """Sums the instructions in libraries, except those that differ from processor to processor."""
    return sum(count for library, count in parts.items() if library not in ("server", *BY_THE_PROCESSOR))


class Instructions(unittest.TestCase):
    """Tests one stage of each kind: plain, with an interceptor, with an auth metadata processor."""

    def test_they_are_as_kept(self) -> None:
        servers.BUILD = pathlib.Path(os.environ["BUILD"])
        for name, ours in OURS.items():
            parts = instructions.summed(instructions.per_call(name), "library")
            with self.subTest(f"{name}: {parts['server']} of its own, {of_libraries(parts)} of libraries"):
                self.assertAlmostEqual(of_libraries(parts) / of_libraries(KEPT[name]), 1, delta=WITHIN)
                self.assertAlmostEqual(parts["server"], ours, delta=WITHIN * ours)


if __name__ == "__main__":
    unittest.main()
