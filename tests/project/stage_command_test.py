"""Tests that tools/stage says what it does, and what to do when it fails."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from stagelib import course, packages

STAGE = course.ROOT / "tools/stage"


def run(*words: str, **env: str) -> subprocess.CompletedProcess:
    """Runs tools/stage and captures its output, which is therefore not a terminal."""
    return subprocess.run([sys.executable, STAGE, *words], capture_output=True, text=True,
                          check=False, env={**os.environ, **env})


class Command(unittest.TestCase):
    """Tests the commands that neither build nor run a stage."""

    def test_list_tells_every_stage(self) -> None:
        text = run("list").stdout
        for stage in course.load():
            self.assertIn(f"{stage.name}: {stage.title}", text)

    def test_help_names_every_command(self) -> None:
        text = run("--help").stdout
        for name in "run", "test", "list", "diff", "docs", "doctor", "port", "eject", "new", \
                "start", "check", "hint", "watch", "progress", "reset":
            self.assertIn(f"tools/stage {name}", text)

    def test_no_colour_without_a_terminal(self) -> None:
        self.assertNotIn("\033", run("list").stdout + run("diff", "02", "03").stdout)

    def test_diff_gives_the_reason_of_each_file_and_hunk(self) -> None:
        text = run("diff", "2", "03_client_stub").stdout
        stage = course.find(course.load(), "03")
        for reason in [*stage.adds.values(), *stage.drops.values(), *sum(stage.changes.values(), [])]:
            self.assertIn(reason, text)

    def test_a_stage_that_is_not_there(self) -> None:
        for command in "run", "docs":
            done = run(command, "99")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertIn("there is no stage 99; there are 01, 02", done.stderr)

    def test_a_mistyped_command_names_its_own_usage(self) -> None:
        self.assertEqual(run("chceck", "02").stderr, "tools/stage: there is no command chceck, did you mean check?\n")
        self.assertIn("there is no command 02; there are run, test, list, ", run("02").stderr)
        for words in ["check"], ["check", "02", "--sever=x"], ["check", "02", "03"]:
            self.assertTrue(run(*words).stderr.startswith("usage: tools/stage check "), words)
        self.assertIn("error: unrecognized: --sever=x, did you mean --server?\n", run("check", "02", "--sever=x").stderr)

    def test_without_apt_it_lists_what_is_needed_and_stops(self) -> None:
        done = run("run", "03", PATH="/nowhere")
        self.assertEqual(done.returncode, 1)
        for name in packages.PROGRAMS["run"]:
            self.assertIn(name, done.stderr)
        self.assertIn("apt-get install", done.stderr)
        self.assertNotIn("clang++", done.stderr, "to play a stage needs none")
        self.assertIn("clang++", run("doctor", PATH="/nowhere").stdout, "check does")
        self.assertNotIn("etcd", run("run", PATH="/nowhere").stderr, "nor does the latest stage need an etcd")
        self.assertIn("etcd", run("run", "--cluster", PATH="/nowhere").stderr)

    def test_a_stage_without_a_session_on_a_cluster(self) -> None:
        for number in "12", "14":
            self.assertEqual(run("run", number, "--cluster").stderr,
                             f"tools/stage: stage {number} has no session with --cluster; stage 15 has one\n")

    def test_no_output(self) -> None:
        closed = f"{sys.executable} {STAGE} list"
        for shell, word in {f"{closed} >&-": "closed", f"{closed} > /dev/full": "No space left on device"}.items():
            done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
            self.assert_one_line(done, word)

    def assert_one_line(self, done: subprocess.CompletedProcess, word: str) -> None:
        """Asserts that the command failed and said why in one line."""
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, rf"\Atools/stage: .*{word}.*\n\Z")


class Folders(unittest.TestCase):
    """Tests folders in which tools/stage cannot or must not write."""

    assert_one_line = Command.assert_one_line

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_eject_where_nothing_can_be(self) -> None:
        (self.folder / "file").touch()
        (self.folder / "link").symlink_to("nowhere")
        for name, word in {"file/below": "Not a directory", "file": "name a new one", "link": "name a new one"}.items():
            self.assert_one_line(run("eject", "03", str(self.folder / name)), word)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["file", "link"])

    def test_eject_among_the_stages(self) -> None:
        before = sorted(course.ROOT.glob("stages/*"))
        for name in "stages/mine", "stages/03_client_stub/mine", "proto/mine":
            self.assert_one_line(run("eject", "03", str(course.ROOT / name)), "inside")
            self.assertFalse((course.ROOT / name).exists())
        self.assertEqual(sorted(course.ROOT.glob("stages/*")), before)

    def test_a_clone_that_cannot_be_written_to(self) -> None:
        for name in "tools", "stages", "proto", "exercises", "docs":
            shutil.copytree(course.ROOT / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(course.ROOT / "meson.build", self.folder)
        self.folder.chmod(0o555)  # has no effect on root
        plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
        for words in ["start", "03"], ["eject", "03", "mine"]:
            self.assert_one_line(subprocess.run([*plain, sys.executable, "tools/stage", *words], cwd=self.folder,
                                                capture_output=True, text=True, check=False), "Permission denied")


if __name__ == "__main__":
    unittest.main()
