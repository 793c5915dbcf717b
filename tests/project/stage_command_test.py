"""tools/stage says what it does, and what to do when it can't."""
import os
import subprocess
import sys
import unittest

from stagelib import course, packages

STAGE = course.ROOT / "tools/stage"


def run(*words: str, **env: str) -> subprocess.CompletedProcess:
    """Runs tools/stage with its output caught, so on no terminal."""
    return subprocess.run([sys.executable, STAGE, *words], capture_output=True, text=True,
                          check=False, env={**os.environ, **env})


class Command(unittest.TestCase):
    """The parts that neither build nor run a stage."""

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
        done = run("run", "99")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("there is no stage 99; there are 01, 02", done.stderr)

    def test_without_apt_it_lists_what_is_needed_and_stops(self) -> None:
        done = run("run", "03", PATH="/nowhere")
        self.assertEqual(done.returncode, 1)
        for name in packages.PROGRAMS["run"]:
            self.assertIn(name, done.stderr)
        self.assertIn("apt-get install", done.stderr)
        self.assertNotIn("clang++", done.stderr, "to play a stage needs none")
        self.assertIn("clang++", run("doctor", PATH="/nowhere").stdout, "check does")


if __name__ == "__main__":
    unittest.main()
