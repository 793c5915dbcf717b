"""A stage, and what its suite builds, is made of nothing that belongs to another stage.

So a change in one stage rebuilds that stage alone, and a broken one leaves the
suites of the others green: `meson test --suite` builds only what its tests need.
"""
import json
import os
import pathlib
import subprocess
import unittest

from stagelib import course

BUILD = pathlib.Path(os.environ["BUILD"])


def load(name: str) -> list[dict]:
    """One of the files in which Meson describes the build."""
    return json.loads((BUILD / f"meson-info/intro-{name}.json").read_text(encoding="utf-8"))


def inputs(files: list[str]) -> set[str]:
    """Everything that the files are made from, by Ninja's own account."""
    names = [str(pathlib.Path(f).relative_to(BUILD)) for f in files]
    done = subprocess.run(["ninja", "-C", BUILD, "-t", "inputs", *names],
                          capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


class Isolation(unittest.TestCase):
    """By what the build files say, so without building."""

    def assert_of_one_stage(self, name: str, made_from: set[str]) -> None:
        """No input lies in the directory of another stage."""
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
