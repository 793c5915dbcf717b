"""A stage that is ejected for CMake has the targets that Meson has, and CMake builds it."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from stagelib import cmake, course, maintain, player, session

BUILD = pathlib.Path(os.environ["BUILD"])
GOLDEN = pathlib.Path(__file__).parent / "cmake/03_client_stub/CMakeLists.txt"
# As quick as it gets: a target's files in one piece, not optimized.
QUICK = ["-G", "Ninja", "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=0", "-DCMAKE_CXX_FLAGS=-O0 -g0"]


class CMake(unittest.TestCase):
    """What the file says, and what CMake makes of it."""

    def ejected(self, stage: course.Stage) -> pathlib.Path:
        """A folder that has the stage, for CMake. It is the same for each, so that ccache knows what they share."""
        folder = BUILD / "tests/project/ejected"
        shutil.rmtree(folder, ignore_errors=True)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        maintain.eject(stage, folder, build="cmake")
        return folder

    def test_it_builds_what_meson_builds(self) -> None:
        targets = json.loads((BUILD / "meson-info/intro-targets.json").read_text(encoding="utf-8"))
        for stage in course.load():
            text = cmake.lists(stage)
            listed = {}
            for name, words in re.findall(r"^add_(?:library|executable)\((\S+)(.*?)\)$", text, re.M | re.S):
                listed[name] = re.findall(r"\$\{dir\}/(\S+)", words)
            del listed["kv_proto"]
            built = {t["name"]: [pathlib.Path(p).relative_to(stage.directory).as_posix()
                                 for part in t["target_sources"] for p in part.get("sources", [])]
                     for t in targets if t["defined_in"] == str(stage.directory / "meson.build")}
            with self.subTest(stage.name):
                self.assertEqual(listed, built)
                sources = [name for name in stage.files() if name.endswith(".cc")]
                self.assertEqual(sorted(source for part in listed.values() for source in part), sources)

    def test_the_page_shows_what_eject_writes(self) -> None:
        shown = [line for line in GOLDEN.read_text(encoding="utf-8").splitlines(True) if not re.match(r"# \[\w+\]$", line)]
        stage = course.find(course.load(), GOLDEN.parent.name)
        self.assertEqual("".join(shown), cmake.lists(stage))

    def test_what_it_does_not_know_is_an_error(self) -> None:
        for text in ("if x\nendif\n", "executable('a', 'a.cc', install: true)\n", "x = dependency('sodium')\n"):
            with self.subTest(text), self.assertRaises((ValueError, SyntaxError)):
                cmake.Declarations(text)

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not installed: tools/stage doctor check")
    def test_cmake_builds_it_and_it_plays(self) -> None:
        stages = course.load()
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        for stage in (stages[1], course.find(stages, "03"), stages[-1]):
            with self.subTest(stage.name):
                folder = self.ejected(stage)
                self.assertEqual({p.name for p in folder.iterdir()}, {"CMakeLists.txt", "proto", "stages"})
                self.assertEqual(list(folder.rglob("meson.build")), [])
                for command in (["-S", folder, "-B", folder / "build", *QUICK, *launcher], ["--build", folder / "build", "-j", "2"]):
                    done = subprocess.run(["cmake", *command], capture_output=True, text=True, check=False)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                script = session.parse(stage.sessions()[stage.play])
                self.assertEqual(player.Player(script, folder / "build/stages" / stage.name).play(), script.lines())


if __name__ == "__main__":
    unittest.main()
