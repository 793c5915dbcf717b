"""Tests that a stage needs nothing but meson.build, proto/ and its own directory."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from stagelib import course, maintain, player, session


class Eject(unittest.TestCase):
    """Ejects each stage. Builds and plays the latest one, which people copy.

    isolation_test.py tests for all stages that none uses files of another. cmake_test.py tests that the meson.build files
    of each stage are complete, and builds another stage.
    """

    def test_each_stage_builds_and_runs_alone(self) -> None:
        stages = course.load()
        for stage in stages:
            with self.subTest(stage.name), tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                maintain.eject(stage, folder)
                self.assertEqual({p.name for p in folder.iterdir()}, {"meson.build", "proto", "stages"})
                self.assertEqual([p.name for p in (folder / "stages").iterdir()], [stage.name])
                if stage != stages[-1]:
                    continue
                self.run_in(folder, "meson", "setup", "build")
                self.run_in(folder, "ninja", "-C", "build")
                script = session.parse(stage.sessions()[stage.play])
                self.assertEqual(player.Player(script, folder / "build/stages" / stage.name).play(),
                                 script.lines())

    def run_in(self, folder: pathlib.Path, *words: str) -> None:
        done = subprocess.run(words, cwd=folder, env={**os.environ, "CCACHE_BASEDIR": str(folder)}, capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_folder_that_is_not_empty_is_left_alone(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            pathlib.Path(name, "mine").touch()
            with self.assertRaises(SystemExit):
                maintain.eject(course.load()[0], pathlib.Path(name))
            self.assertEqual([p.name for p in pathlib.Path(name).iterdir()], ["mine"])


if __name__ == "__main__":
    unittest.main()
