"""Somebody who knows Python and nothing but the contract finishes the stages."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import lesson_test

PROGRAMS = pathlib.Path(os.environ["BUILD"]) / "tests/interop"


class Learner(unittest.TestCase):
    """The Python server and client of tests/interop, as tools/stage check judges a learner's own."""

    def setUp(self) -> None:
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        lesson_test.copy_into(self.root)

    def check(self, stage: str, reached: int) -> str:
        """What it says of a server that has come so far."""
        words = [f"--server={PROGRAMS}/server --reached={reached}"]
        if stage != "02":
            words.append(f"--client={PROGRAMS}/client")
        return subprocess.run([sys.executable, "tools/stage", "check", stage, *words], cwd=self.root,
                              capture_output=True, text=True, check=False).stdout

    def test_python_finishes_each_stage_up_to_streams_and_tokens(self) -> None:
        for stage in "02", "03", "04", "05", "06", "08":
            with self.subTest(stage):
                self.assertIn(f"Stage {stage} is done.", self.check(stage, int(stage)))
        shown = subprocess.run([sys.executable, "tools/stage", "progress"], cwd=self.root, capture_output=True, text=True, check=True)
        self.assertEqual(shown.stdout.count(" done, "), 6, shown.stdout)

    def test_what_failed_last_is_asked_first(self) -> None:
        self.assertRegex(self.check("04", 3), r"(?m)\AThe server:\nFAIL  1/46 +list_prefix: (?s:.*)^0 of 46, then list_prefix$")
        self.assertRegex(self.check("04", 3), r"(?m)\AFirst the one that failed last:\nFAIL  1/46 +list_prefix: (?s:.*)^0 of 46, then list_prefix$")
        self.assertRegex(self.check("04", 4), r"\AFirst the one that failed last:\nok +1/46 .*\n1 of 1 .*\nNow all of them:\nThe server:\nok +1/46 ")


if __name__ == "__main__":
    unittest.main()
