"""Tests that a stage ejected for CMake has the same targets as in Meson, and that CMake builds it."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from stagelib import cmake, course, maintain, player, session

BUILD = pathlib.Path(os.environ["BUILD"])
HERE = pathlib.Path(__file__).parent / "cmake"
GOLDEN = HERE / "03_client_stub/CMakeLists.txt"
# The fastest build: one translation unit per target, not optimized.
QUICK = ["-G", "Ninja", "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=0", "-DCMAKE_CXX_FLAGS=-O0 -g0"]


class CMake(unittest.TestCase):
    """Tests the generated CMakeLists.txt, and builds with it."""

    def ejected(self, stage: course.Stage) -> pathlib.Path:
        """Ejects the stage for CMake. The folder is always the same, so that ccache can reuse files that stages share."""
        folder = BUILD / "tests/project/ejected/client_stub"
        shutil.rmtree(folder.parent, ignore_errors=True)
        self.addCleanup(shutil.rmtree, folder.parent, ignore_errors=True)
        maintain.eject(stage, folder, build="cmake")
        self.assertEqual({p.name for p in folder.iterdir()}, {"CMakeLists.txt", "proto", "stages"})
        self.assertEqual(list(folder.rglob("meson.build")), [])
        return folder

    def build(self, folder: pathlib.Path, *options: str) -> None:
        """Builds the project in a folder, in its subfolder build."""
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        for words in (["-S", folder, "-B", folder / "build", *QUICK, *launcher], ["--build", folder / "build", "-j", "2", *options]):
            done = subprocess.run(["cmake", *words], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_it_builds_what_meson_builds(self) -> None:
        stages = course.load()
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for stage in stages:  # Meson can introspect a project of just meson.build files without configuring it
            (folder / stage.name).mkdir()
            shutil.copy(stage.directory / "meson.build", folder / stage.name)
        (folder / "meson.build").write_text("".join(["project('all', 'cpp')\n", *(f"subdir('{s.name}')\n" for s in stages)]), encoding="utf-8")
        done = subprocess.run(["meson", "introspect", "--targets", "meson.build"], cwd=folder, capture_output=True, text=True, check=True)
        for stage in stages:
            here = folder / stage.name
            built = {t["name"]: [pathlib.Path(p).relative_to(here).as_posix() for part in t["target_sources"] for p in part["sources"]]
                     for t in json.loads(done.stdout) if pathlib.Path(folder, t["defined_in"]) == here / "meson.build"}
            told = re.findall(r"^add_(?:library|executable)\((\S+)(.*?)\)$", cmake.lists(stage), re.M | re.S)
            listed = {name: re.findall(r"\$\{dir\}/(\S+)", words) for name, words in told if name not in ("kv_proto", *cmake.PROTOS)}
            with self.subTest(stage.name):
                self.assertEqual(listed, built)
                self.assertEqual(sorted(source for part in listed.values() for source in part),
                                 [name for name in stage.files() if name.endswith(".cc")])

    def test_the_page_shows_what_eject_writes(self) -> None:
        shown = [line for line in GOLDEN.read_text(encoding="utf-8").splitlines(True) if not re.match(r"# \[\w+\]$", line)]
        stage = course.find(course.load(), GOLDEN.parent.name)
        self.assertEqual("".join(shown), cmake.lists(stage))

    def test_the_page_says_what_eject_says(self) -> None:
        stage = course.ROOT / "tools/stage"
        with tempfile.TemporaryDirectory() as name:
            done = subprocess.run([sys.executable, stage, "eject", "03", name, "--build=cmake"], capture_output=True, text=True, check=True)
        command = done.stdout.partition("Build it there: ")[2]
        self.assertTrue(command.startswith("cmake -B"), done.stdout)
        self.assertIn(f"$ {command}", (course.ROOT / "docs/cmake.md").read_text(encoding="utf-8"))

    def test_what_it_does_not_know_is_an_error(self) -> None:
        for text in ("if x\nendif\n", "executable('a', 'a.cc', install: true)\n", "x = dependency('sodium')\n"):
            with self.subTest(text), self.assertRaises((ValueError, SyntaxError)):
                cmake.Declarations(text)

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not installed: tools/stage doctor check")
    def test_cmake_builds_it_and_it_plays(self) -> None:
        stages = course.load()
        for stage in (course.find(stages, "03"), stages[-1]):  # the stage on the page, and the one that people copy
            with self.subTest(stage.name):
                folder = self.ejected(stage)
                self.build(folder)
                script = session.parse(stage.sessions()[stage.play])
                self.assertEqual(player.Player(script, folder / "build/stages" / stage.name).play(), script.lines())

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not installed: tools/stage doctor check")
    def test_it_is_a_part_of_another_project(self) -> None:
        folder = self.ejected(course.find(course.load(), "03")).parent
        shutil.copytree(HERE / "parent", folder, dirs_exist_ok=True)
        self.build(folder, "--target", "ask")
        self.assertEqual(subprocess.run([folder / "build/ask"], check=False, timeout=60).returncode, 14)


if __name__ == "__main__":
    unittest.main()
