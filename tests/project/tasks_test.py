"""Tests each extra task: its page describes it, a program without it fails, and ours passes. It takes minutes to build all."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from stagelib import course, workspace

JUDGE = os.environ["JUDGE"]
PLAIN = {"server": os.environ["WRONG_SERVER"], "client": os.environ["WRONG_CLIENT"]}  # programs without a mistake
QUICK = ["-Dwerror=true"]
TASKS = [(stage, task) for stage in course.load() if (exercise := workspace.exercise(stage)) for task in exercise.task]


def asked(stage: course.Stage, task: workspace.Task, program: str) -> str:
    """Returns the last line that the judge prints about a program."""
    done = subprocess.run([JUDGE, "--patience=10s", f"--stage={stage.number}", f"--{task.asks}={program}", f"--task={task.name}"],
                          capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[-1]


class Tasks(unittest.TestCase):
    """Tests that the tasks in exercises/ fit the pages, the judge and exercises/solutions/."""

    def test_each_page_tells_its_tasks(self) -> None:
        for stage, task in TASKS:
            page = (course.ROOT / f"docs/{stage.name}.md").read_text(encoding="utf-8")
            self.assertIn(f"tools/stage check {stage.number} --task={task.name}", page)
            self.assertEqual(len(task.hints), 3, task.name)

    def test_each_stage_has_two_or_three(self) -> None:
        for stage in course.load():
            self.assertIn(sum(one == stage for one, _ in TASKS), (2, 3), stage.name)

    def test_each_solution_is_of_a_task(self) -> None:
        patches = set((course.ROOT / "exercises/solutions").iterdir())
        self.assertEqual(patches, {workspace.patch(stage, task) for stage, task in TASKS})

    def test_a_program_without_it_fails(self) -> None:
        for stage, task in TASKS:
            if task.asks not in PLAIN:  # tests/01_contract does this with the stage's own program
                continue
            with self.subTest(task.name):
                stages = f" --stage={int(stage.number)}" if task.asks == "server" else ""
                self.assertEqual(asked(stage, task, PLAIN[task.asks] + stages), f"0 of 1, then {task.name}")

    def test_each_solution_passes(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for part in "exercises", "proto":
                shutil.copytree(course.ROOT / part, folder / part)
            root = (course.ROOT / "meson.build").read_text(encoding="utf-8")
            for stage, task in TASKS:
                mine = folder / f"{stage.number}_{task.name}"
                shutil.copytree(stage.directory, mine)
                done = subprocess.run(["git", "apply", workspace.patch(stage, task)], cwd=mine, check=False,
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                targets = mine / "meson.build"
                targets.write_text(workspace.quick(targets.read_text(encoding="utf-8")), encoding="utf-8")
                root += f"subdir('{mine.name}')\n"
            (folder / "meson.build").write_text(root, encoding="utf-8")
            programs = [f"{stage.number}_{task.name}/{task.asks}" for stage, task in TASKS]
            for command in (["meson", "setup", "build", *QUICK], ["ninja", "-C", "build", "-k", "0", *programs]):
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                                      env={**os.environ, "CXX": "clang++"})
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for (stage, task), program in zip(TASKS, programs):
                with self.subTest(task.name):
                    self.assertEqual(asked(stage, task, str(folder / "build" / program)), "1 of 1 questions answered right")


if __name__ == "__main__":
    unittest.main()
