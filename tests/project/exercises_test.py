"""Tests that each skeleton of `tools/stage start` compiles and first fails where it should. It takes minutes to build all."""
import importlib.machinery
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from stagelib import course, judging, workspace

JUDGE = os.environ["JUDGE"]
QUICK = ["-Dwerror=true"]


def first_wrong(stage: course.Stage, programs: pathlib.Path) -> str:
    """Returns the first question that the programs answer wrong, by the name that tools/stage uses."""
    for kind, prefix in {"server": "", "client": "client "}.items():
        if kind == "client" and stage.number < judging.CLIENTS_FROM:
            continue
        asked = subprocess.run([JUDGE, "--patience=10s", f"--stage={stage.number}", f"--{kind}={programs / kind}"],
                               capture_output=True, text=True, check=False)
        if asked.returncode != 0:
            match = judging.RESULT.fullmatch(asked.stdout.splitlines()[-1])
            return f"{prefix}{match[3]}" if match else asked.stdout
    return "none"


class Skeletons(unittest.TestCase):
    """Builds the skeletons in a separate folder, with warnings as errors, as in CI."""

    def test_each_builds_and_fails_first_as_meant(self) -> None:
        tasks = [(stage, task) for stage in course.load() if (task := workspace.exercise(stage))]
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            shutil.copy(course.ROOT / "meson.build", folder)
            for part in "exercises", "proto":
                shutil.copytree(course.ROOT / part, folder / part)
            for stage, task in tasks:
                workspace.write(stage, task.hole, folder / "workspace" / stage.name)
            for command in (["meson", "setup", "build", *QUICK], ["ninja", "-C", "build", "-k", "0"]):
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                                      env={**os.environ, "CXX": "clang++"})
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for stage, task in tasks:
                if not task.hole:  # the exercise has only tasks
                    continue
                with self.subTest(stage.name):
                    self.assertEqual(first_wrong(stage, folder / "build/workspace" / stage.name), task.first)


class Parts(unittest.TestCase):
    """Tests the list of what notices that a part of a hole is missing. To test that it is true takes an hour, see parts."""

    def test_each_part_has_its_row(self) -> None:
        loader = importlib.machinery.SourceFileLoader("parts", str(pathlib.Path(__file__).with_name("parts")))
        parts = importlib.util.module_from_spec(importlib.util.spec_from_loader("parts", loader))
        sys.modules["parts"] = parts  # its dataclass looks there
        loader.exec_module(parts)
        self.assertEqual(parts.untold(), [])


if __name__ == "__main__":
    unittest.main()
