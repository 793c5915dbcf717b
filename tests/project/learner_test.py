"""Tests that a Python program, written from the contract alone, passes `tools/stage check`."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import lesson_test

PROGRAMS = pathlib.Path(os.environ["BUILD"]) / "tests/interop"


class Learner(unittest.TestCase):
    """Lets tools/stage check judge the Python server and client of tests/interop like a learner's programs."""

    def setUp(self) -> None:
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        lesson_test.copy_into(self.root)

    def check(self, stage: str) -> str:
        """Returns what `check` prints. The programs have everything from the start, also what comes in later stages."""
        words = [f"--server={PROGRAMS}/server"]
        if stage != "02":
            words.append(f"--client={PROGRAMS}/client")
        return subprocess.run([sys.executable, "tools/stage", "check", stage, *words], cwd=self.root,
                              capture_output=True, text=True, check=False).stdout

    def test_python_finishes_the_first_server_and_streams_and_tokens(self) -> None:
        for stage in "02", "08":
            with self.subTest(stage):
                self.assertIn(f"Stage {stage} is done.", self.check(stage))
        shown = subprocess.run([sys.executable, "tools/stage", "progress"], cwd=self.root, capture_output=True, text=True, check=True)
        self.assertEqual(shown.stdout.count(" done, "), 2, shown.stdout)


if __name__ == "__main__":
    unittest.main()
