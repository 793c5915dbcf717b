"""The instructions that a Get takes in our servers, beside those that the page tells: instructions_test.py.

The one figure that does not depend on what else the machine does. It guards the stages: who
makes a call dearer, or cheaper, has to say so in docs/bench.json.
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
OURS = {"03": 13543, "08": 25347, "09": 36703}  # of the program itself, gRPC's templates with it: tests build without optimisation
WITHIN = 0.1
BY_THE_PROCESSOR = ("libc", "libcrypto")  # these choose their code by what the processor can do


def of_libraries(parts: dict[str, int]) -> int:
    """All but the program's own, and those that differ from processor to processor."""
    return sum(count for library, count in parts.items() if library not in ("server", *BY_THE_PROCESSOR))


class Instructions(unittest.TestCase):
    """A stage of each kind: plain, interceptor, processor."""

    def test_they_are_as_kept(self) -> None:
        servers.BUILD = pathlib.Path(os.environ["BUILD"])
        for name, ours in OURS.items():
            parts = instructions.summed(instructions.per_call(name), "library")
            with self.subTest(f"{name}: {parts['server']} of its own, {of_libraries(parts)} of libraries"):
                self.assertAlmostEqual(of_libraries(parts) / of_libraries(KEPT[name]), 1, delta=WITHIN)
                self.assertAlmostEqual(parts["server"], ours, delta=WITHIN * ours)


if __name__ == "__main__":
    unittest.main()
