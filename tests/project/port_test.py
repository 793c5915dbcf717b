"""Tests `tools/stage port`, which applies an edit to the later stages, and `tools/stage new`, which creates a stage."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from stagelib import course


class Copy(unittest.TestCase):
    """Copies the project into a new git repository."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.root = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        shutil.copy(course.ROOT / "meson.build", cls.root)
        for name in "stages", "tests", "tools":
            shutil.copytree(course.ROOT / name, cls.root / name,
                            ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        cls.git("init", "-q")
        cls.git("config", "maintenance.auto", "false")  # or it may still write when we remove the copy
        cls.git("add", ".")
        cls.git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "start")

    def tearDown(self) -> None:
        self.git("reset", "-q", "--hard")
        self.git("clean", "-qfdx")

    @classmethod
    def git(cls, *words: str) -> None:
        """Runs git in the copy."""
        subprocess.run(["git", "-C", cls.root, *words], check=True)

    def stage(self, *words: str) -> subprocess.CompletedProcess:
        """Runs tools/stage in the copy."""
        return subprocess.run([sys.executable, self.root / "tools/stage", *words],
                              capture_output=True, text=True, check=False, cwd=self.root)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces text, which must exist."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        self.assertIn(old, text)
        file.write_text(text.replace(old, new), encoding="utf-8")


class Port(Copy):
    """Tests what stage 03 gets from an edit to a file of stage 02."""

    def test_a_carried_file_stays_equal(self) -> None:
        self.edit("stages/02_sync_server/store/store.cc", "// A key may contain", "// Keys may contain")
        done = self.stage("port", "stages/02_sync_server/store/store.cc")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("03_client_stub: store/store.cc merged", done.stdout)
        self.assertEqual((self.root / "stages/03_client_stub/store/store.cc").read_text(),
                         (self.root / "stages/02_sync_server/store/store.cc").read_text())

    def test_a_changed_file_keeps_its_own_change(self) -> None:
        self.edit("stages/02_sync_server/meson.build", "# The library has", "# This library has")
        self.assertEqual(self.stage("port", "stages/02_sync_server/meson.build").returncode, 0)
        text = (self.root / "stages/03_client_stub/meson.build").read_text()
        self.assertIn("# This library has", text)
        self.assertIn("executable('client'", text)

    def test_a_conflict_stops_it_and_is_shown(self) -> None:
        self.edit("stages/02_sync_server/meson.build", "# The client of", "# A client of")
        done = self.stage("port", "stages/02_sync_server/meson.build")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Fix the part between", done.stderr)
        self.assertIn("<<<<<<< 03_client_stub/meson.build",
                      (self.root / "stages/03_client_stub/meson.build").read_text())

    def test_a_dropped_file_ends_it(self) -> None:
        self.edit("stages/02_sync_server/client/client.py", "Makes one call", "Makes a call")
        done = self.stage("port", "stages/02_sync_server/client/client.py")
        self.assertIn("03_client_stub: drops client/client.py", done.stdout)

    def test_no_edit_is_an_error_that_says_what_to_do(self) -> None:
        done = self.stage("port", "stages/02_sync_server/store/store.cc")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--base=HEAD~1", done.stderr)


class New(Copy):
    """Tests that a stage made by `new` is in its place and lacks only its reasons."""

    def test_it_copies_the_last_stage_and_lists_it(self) -> None:
        done = self.stage("new", "99_next", "The next idea")
        self.assertEqual(done.returncode, 0, done.stderr)
        sys.path.insert(0, str(self.root / "tools"))
        stages = course.load(self.root)
        self.assertEqual(stages[-1].title, "The next idea")
        self.assertEqual(stages[-1].files().keys(), stages[-2].files().keys())
        self.assertIn("  '99_next',\n]", (self.root / "meson.build").read_text())
        self.assertIn("'99_next'", (self.root / "tests/99_next/meson.build").read_text())

    def test_a_name_out_of_order_is_refused(self) -> None:
        self.assertEqual(self.stage("new", "02_again").returncode, 1)
        self.assertEqual(self.stage("new", "next").returncode, 1)


if __name__ == "__main__":
    unittest.main()
