"""Tests that the commands on the page "Where to go from here" make a server of one's own from the latest stage."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from stagelib import course

BUILD = pathlib.Path(os.environ["BUILD"])
PAGE = (course.ROOT / "docs/where_next.md").read_text(encoding="utf-8")


def commands(section: str) -> list[str]:
    """Returns the commands of a section of the page, up to the next heading."""
    text = re.search(rf"^#+ .*{{#{section}}}$(.*?)(?=^#+ .*{{#)", f"{PAGE}\n# {{#", re.M | re.S)[1]
    return [line[2:] for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]


class OwnServer(unittest.TestCase):
    """Types the commands, and builds what they make."""

    def setUp(self) -> None:
        # Always the same folder: Meson's unity files have its name, and ccache looks at them.
        self.home = BUILD / "tests/project/own_server"
        self.folder = self.home / "shop"
        shutil.rmtree(self.home, ignore_errors=True)
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        (self.home / "grpc-by-stages").symlink_to(course.ROOT)

    def type(self, *lines: str) -> None:
        """Types commands, the first of them in the clone. `~` is a folder of this test."""
        script = re.sub(r"~(?=/)", str(self.home), "\n".join(["cd ~/grpc-by-stages", *lines]))
        done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def leftovers(self) -> list[str]:
        """Returns the words that still have the old name."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.name != "rpc.proto" and "build" not in path.relative_to(self.folder).parts]
        return [word for path in files for word in re.findall(r"\bkv(?:_\w+|\b)|KeyValueService\w*", path.read_text(encoding="utf-8"))]

    def test_it_is_the_latest_stage(self) -> None:
        self.assertEqual(commands("copy")[0], f"tools/stage eject {course.load()[-1].number} ~/shop")

    def test_it_builds_and_answers(self) -> None:
        self.type(*commands("copy"), *commands("rename"), *commands("build")[:-1])
        self.assertEqual(self.leftovers(), [])
        self.answers()

    def test_it_builds_without_what_can_be_removed(self) -> None:
        parts = ("no-upstream", "no-inspection", "no-etcd")
        self.type(*commands("copy"), *(line for part in parts for line in commands(part)), *commands("rename"), *commands("build")[:-1])
        for word in ("upstream", "reflection", "etcd"):
            flags = (self.folder / "src/server/options.cc").read_text(encoding="utf-8")
            self.assertNotIn(word, flags)
        self.answers()

    def test_each_part_but_etcd_can_be_removed_alone(self) -> None:
        for part in ("no-upstream", "no-inspection"):
            with self.subTest(part):
                self.type(*commands("copy"), *commands(part))
                shutil.rmtree(self.folder)

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not installed: tools/stage doctor check")
    def test_cmake_takes_it(self) -> None:
        eject, *others = commands("copy")
        self.type(f"{eject} --build=cmake", *others[:-2], commands("build")[-1],
                  *(line for line in commands("rename") if "meson.build" not in line), "cmake -B build -G Ninja")
        self.assertEqual(self.leftovers(), [])

    def answers(self) -> None:
        """Starts the server, and calls it."""
        programs = self.folder / "build/src"
        with subprocess.Popen([programs / "server", "--listen=127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                address = server.stdout.readline().split()[1]
                for command, said in ((["put", "city", "Berlin"], "revision 1\n"), (["get", "city"], '"city" = "Berlin" (revision 1)\n')):
                    done = subprocess.run([programs / "client", f"--target={address}", *command], capture_output=True, text=True, check=False, timeout=60)
                    self.assertEqual((done.stdout, done.stderr), (said, ""))
            finally:
                server.terminate()


if __name__ == "__main__":
    unittest.main()
