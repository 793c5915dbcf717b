"""Tests that no stage, and nothing that its suite builds, uses files of another stage.

Therefore a change in one stage rebuilds only that stage, and a broken stage does not fail
the suites of others: `meson test --suite` builds only what its tests need.
"""
import json
import os
import pathlib
import subprocess
import unittest

from stagelib import course

BUILD = pathlib.Path(os.environ["BUILD"])


def load(name: str) -> list[dict]:
    """Loads one of the files in which Meson describes the build."""
    return json.loads((BUILD / f"meson-info/intro-{name}.json").read_text(encoding="utf-8"))


def inputs(files: list[str]) -> set[str]:
    """Returns all inputs of the files, according to Ninja."""
    names = [str(pathlib.Path(f).relative_to(BUILD)) for f in files]
    done = subprocess.run(["ninja", "-C", BUILD, "-t", "inputs", *names],
                          capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


class Isolation(unittest.TestCase):
    """Reads the build files, so it needs no build."""

    def assert_of_one_stage(self, name: str, made_from: set[str]) -> None:
        """Asserts that no input is in the directory of another stage."""
        others = [s.name for s in course.load() if s.name != name]
        for place in made_from:
            self.assertFalse([o for o in others if o in pathlib.Path(place).parts], f"{name} needs {place}")

    def test_each_stage(self) -> None:
        for stage in course.load():
            files = [f for t in load("targets") if f"/stages/{stage.name}/" in t["defined_in"] for f in t["filename"]]
            made_from = inputs(files)
            self.assertTrue(any(stage.name in place for place in made_from))
            self.assert_of_one_stage(stage.name, made_from)

    def test_each_suite(self) -> None:
        files = {t["id"]: t["filename"] for t in load("targets")}
        for stage in course.load():
            suite = [t for t in load("tests") if any(s.endswith(":" + stage.name) for s in t["suite"])]
            self.assertTrue(suite)
            needed = [f for t in suite for d in t["depends"] for f in files[d]]
            self.assert_of_one_stage(stage.name, inputs(needed))


if __name__ == "__main__":
    unittest.main()
